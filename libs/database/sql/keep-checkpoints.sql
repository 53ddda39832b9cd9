-- What attempts saved last: $1 jobs, $2 indices, $3 attempts, $4 epoch milliseconds, $5 bytes. Their rows are locked by the caller, or the
-- attempt is no longer the task's and nothing changes. What an earlier attempt saved is of no use any more.
WITH saved AS (
  SELECT t.ctid AS address, t.job_id, t.index, t.checkpoint_attempt AS earlier, c.attempt, c.saved_at, c.size_bytes
  FROM unnest($1::uuid[], $2::int[], $3::smallint[], $4::float8[], $5::bigint[]) AS c (job_id, index, attempt, saved_at, size_bytes)
  JOIN tasks t ON t.job_id = c.job_id AND t.index = c.index AND t.attempt = c.attempt
), discarded AS (
  INSERT INTO discarded_checkpoints (job_id, index, attempt) SELECT job_id, index, earlier FROM saved WHERE earlier <> attempt
  ON CONFLICT DO NOTHING
)
UPDATE tasks t
SET checkpoint_attempt = saved.attempt, checkpoint_saved_at = to_timestamp(saved.saved_at / 1000), checkpoint_size_bytes = saved.size_bytes
FROM saved
WHERE t.ctid = saved.address AND t.attempt = saved.attempt
