-- Tasks whose backoff is over become claimable. Returns how many per job.
WITH due AS (
  SELECT job_id, index FROM tasks WHERE state = 'retrying' AND available_at <= now() ORDER BY available_at LIMIT 5000 FOR UPDATE SKIP LOCKED
), queued AS (
  UPDATE tasks SET state = 'queued', available_at = NULL
  FROM due WHERE tasks.job_id = due.job_id AND tasks.index = due.index
  RETURNING tasks.job_id
)
SELECT job_id, count(*)::int AS count FROM queued GROUP BY job_id
