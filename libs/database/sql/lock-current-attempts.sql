-- The attempts a batch of reports speaks of, as far as they are still current: $1 jobs, $2 indices, $3 attempts. What is missing from the
-- answer is fenced off: an older attempt, or one that has ended. A task has a worker exactly while it is leased or running.
SELECT t.job_id, t.index, t.attempt, t.state, t.failures, t.losses, t.worker_id, t.ctid::text AS address
FROM unnest($1::uuid[], $2::int[], $3::smallint[]) AS r (job_id, index, attempt)
JOIN tasks t ON t.job_id = r.job_id AND t.index = r.index AND t.attempt = r.attempt
WHERE t.worker_id IS NOT NULL
ORDER BY t.job_id, t.index
FOR UPDATE OF t
