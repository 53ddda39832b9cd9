-- Jobs of $1 that asked for a call at their end, with what the call says.
SELECT j.id, j.account_id, j.type, j.status, j.name, j.project_name, j.revision, j.tags, j.client_ref, j.error, j.created_at, j.started_at,
  j.finished_at, j.run, j.task_total, j.queued, j.leased, j.running, j.retrying, j.completed, j.failed, j.cancelled,
  s.submission ->> 'callback_url' AS callback_url, (s.submission -> 'meta')::text AS meta, (s.submission -> 'variant')::text AS variant
FROM jobs j
JOIN job_submissions s ON s.job_id = j.id
WHERE j.id = ANY ($1::uuid[]) AND s.submission ->> 'callback_url' IS NOT NULL
