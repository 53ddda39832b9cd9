-- Those of the jobs $1 that are open and lack tasks, and whether they wait for dependencies.
SELECT id, unmet > 0 AS waits FROM jobs
WHERE id = ANY ($1::uuid[]) AND status IN ('planning', 'queued', 'running') AND (run_context IS NULL OR planned < task_total)
ORDER BY id
