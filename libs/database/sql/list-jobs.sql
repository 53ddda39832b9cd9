-- Jobs of account $1, newest first, after the cursor $2. Every filter may be null. Times are compared as they are shown, in milliseconds: a job is
-- not after its own created_at.
SELECT j.id, j.type, j.status, j.name, j.project_name, j.revision, j.tags, j.client_ref, j.priority, j.max_parallel, j.requirements, j.task_total, j.planned,
       j.queued + j.reopening AS queued, j.leased, j.running, j.retrying, j.completed, j.failed, j.cancelled, j.mean_runtime_ms, j.error, j.cancel_requested_at,
       j.created_at, j.planned_at, j.started_at, j.finished_at, j.run, j.reopened, j.tasks_ahead, j.cached,
       s.meta::text AS meta, s.variant::text AS variant, s.item_total, s.batch_size
FROM jobs j LEFT JOIN job_submissions s ON s.job_id = j.id
WHERE j.account_id = $1
  AND ($2::uuid IS NULL OR j.id < $2)
  AND ($3::job_status[] IS NULL OR j.status = ANY ($3))
  AND ($4::text[] IS NULL OR j.tags @> $4)
  AND ($5::text IS NULL OR j.project_name = $5)
  AND ($6::text IS NULL OR j.type = $6)
  AND ($7::text IS NULL OR j.client_ref = $7)
  AND ($8::timestamptz IS NULL OR date_trunc('milliseconds', j.created_at) > $8)
  AND ($9::timestamptz IS NULL OR date_trunc('milliseconds', j.created_at) < $9)
ORDER BY j.id DESC
LIMIT $10
