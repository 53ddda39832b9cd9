-- The checkpoints ($1 jobs, $2 indices, $3 attempts) are gone.
DELETE FROM discarded_checkpoints d
USING unnest($1::uuid[], $2::int[], $3::smallint[]) AS c (job_id, index, attempt)
WHERE d.job_id = c.job_id AND d.index = c.index AND d.attempt = c.attempt
