-- Tasks of job $1 that never got an attempt; $2 is the outcome with the error.
WITH waiting AS (
  SELECT ctid AS address FROM tasks WHERE job_id = $1 AND state = 'queued' AND attempt = 0 FOR UPDATE SKIP LOCKED
), ended AS (
  UPDATE tasks SET state = 'failed', finished_at = now(), outcome = $2
  FROM waiting WHERE tasks.ctid = waiting.address
  RETURNING 1
)
SELECT count(*)::int AS count FROM ended
