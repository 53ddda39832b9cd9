-- Fails tasks of job $1 that no attempt has begun since it was opened, at most $3, the first ones first; $2 is the outcome with the error. Jobs
-- that aggregate are told, 1,000 indices a row.
WITH waiting AS (
  SELECT ctid AS address FROM tasks
  WHERE job_id = $1 AND state = 'queued'
    AND (attempt = 0 OR started_at IS NULL AND failures = 0 AND losses = 0 AND (SELECT run > 1 FROM jobs WHERE id = $1))
  ORDER BY index LIMIT $3
  FOR UPDATE SKIP LOCKED
), ended AS (
  UPDATE tasks SET state = 'failed', finished_at = now(), outcome = $2
  FROM waiting WHERE tasks.ctid = waiting.address
  RETURNING tasks.index
), noted AS (
  INSERT INTO ended_tasks (job_id, indices)
  SELECT $1, array_agg(index)
  FROM (SELECT index, (row_number() OVER (ORDER BY index) - 1) / 1000 AS part FROM ended
        WHERE (SELECT aggregates FROM jobs WHERE id = $1)) AS numbered
  GROUP BY part
)
SELECT count(*)::int AS count FROM ended
