-- $1 jobs, $2 final states, $3 why they failed where the counts do not say it; what was recorded before stays. A job whose tasks could not
-- even start says why: its first failed task knows.
UPDATE jobs SET status = r.status, finished_at = now(), error = coalesce(jobs.error, r.error,
  CASE WHEN r.status = 'failed' THEN (
    SELECT first.error FROM (
      SELECT outcome::jsonb -> 'error' AS error FROM tasks WHERE job_id = r.id AND state = 'failed' ORDER BY index LIMIT 1
    ) first WHERE first.error ->> 'code' IN ('runtime_init_failed', 'validation_failed', 'service_failed')
  ) END)
FROM unnest($1::uuid[], $2::job_status[], $3::jsonb[]) AS r (id, status, error)
WHERE jobs.id = r.id AND jobs.finished_at IS NULL
RETURNING jobs.id, jobs.status, jobs.finished_at
