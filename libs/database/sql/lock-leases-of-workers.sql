SELECT job_id, index, attempt, state, failures, losses, worker_id, ctid::text AS address
FROM tasks
WHERE worker_id = ANY ($1::uuid[])
ORDER BY job_id, index
FOR UPDATE
