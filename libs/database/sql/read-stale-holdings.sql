-- Attempts a worker ($1) says it holds ($2 jobs, $3 indices, $4 attempts) that are not its current leases.
SELECT h.job_id, h.index, h.attempt
FROM unnest($2::uuid[], $3::int[], $4::smallint[]) AS h (job_id, index, attempt)
WHERE NOT EXISTS (
  SELECT FROM tasks t
  WHERE t.job_id = h.job_id AND t.index = h.index AND t.attempt = h.attempt AND t.worker_id = $1)
