-- The oldest rows of job $1, $2 at most.
SELECT id, indices FROM ended_tasks WHERE job_id = $1 ORDER BY id LIMIT $2
