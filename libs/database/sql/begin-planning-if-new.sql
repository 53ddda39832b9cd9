-- Fixes how many tasks the job has and what a worker needs to run them.
UPDATE jobs SET task_total = $2, run_context = $3
WHERE id = $1 AND status = 'planning' AND run_context IS NULL
RETURNING id
