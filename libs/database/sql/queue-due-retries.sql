-- Tasks whose backoff is over become claimable. Returns how many per job.
WITH due AS (
  SELECT ctid AS address FROM tasks WHERE state = 'retrying' AND available_at <= now() ORDER BY available_at LIMIT 5000 FOR UPDATE SKIP LOCKED
), queued AS (
  UPDATE tasks SET state = 'queued', available_at = NULL
  FROM due WHERE tasks.ctid = due.address
  RETURNING tasks.job_id
)
SELECT job_id, count(*)::int AS count FROM queued GROUP BY job_id
