-- What attempts saved last: $1 jobs, $2 indices, $3 attempts, $4 epoch milliseconds, $5 bytes. Their rows are locked by the caller, or the
-- attempt is no longer the task's and nothing changes.
UPDATE tasks t
SET checkpoint_attempt = c.attempt, checkpoint_saved_at = to_timestamp(c.saved_at / 1000), checkpoint_size_bytes = c.size_bytes
FROM unnest($1::uuid[], $2::int[], $3::smallint[], $4::float8[], $5::bigint[]) AS c (job_id, index, attempt, saved_at, size_bytes)
WHERE t.job_id = c.job_id AND t.index = c.index AND t.attempt = c.attempt
