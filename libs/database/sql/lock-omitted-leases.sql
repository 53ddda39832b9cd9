-- Leases of worker $1 that the snapshot of its incarnation $2 ($3 jobs, $4 indices, $5 attempts) does not hold. None for an incarnation that has passed.
SELECT t.job_id, t.index, t.attempt, t.state, t.failures, t.losses, t.worker_id, t.ctid::text AS address
FROM tasks t
WHERE t.worker_id = $1
  AND EXISTS (SELECT FROM workers w WHERE w.id = $1 AND w.incarnation = $2)
  AND NOT EXISTS (
    SELECT FROM unnest($3::uuid[], $4::int[], $5::smallint[]) AS h (job_id, index, attempt)
    WHERE h.job_id = t.job_id AND h.index = t.index AND h.attempt = t.attempt)
ORDER BY t.job_id, t.index
FOR UPDATE OF t
