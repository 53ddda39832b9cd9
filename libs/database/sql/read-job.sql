-- One job of account $1 with the submission as it was sent, when $3 asks for that.
SELECT j.id, j.type, j.status, j.name, j.project_name, j.revision, j.tags, j.client_ref, j.priority, j.max_parallel, j.requirements, j.task_total, j.planned,
       j.queued + j.reopening AS queued, j.leased, j.running, j.retrying, j.completed, j.failed, j.cancelled, j.mean_runtime_ms, j.error, j.cancel_requested_at,
       j.created_at, j.planned_at, j.started_at, j.finished_at, j.run, j.reopened, j.tasks_ahead, j.cached,
       s.meta::text AS meta, s.variant::text AS variant, s.item_total, s.batch_size,
       CASE WHEN $3 THEN s.submission::text END AS submission, CASE WHEN $3 THEN s.resolved END AS resolved,
       CASE WHEN $3 AND j.map_total IS NOT NULL THEN j.run_context -> 'reduce' END AS reduce
FROM jobs j LEFT JOIN job_submissions s ON s.job_id = j.id
WHERE j.account_id = $1 AND j.id = $2
