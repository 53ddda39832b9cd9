SELECT id FROM jobs
WHERE id = ANY ($1::uuid[]) AND status IN ('planning', 'queued', 'running') AND (status = 'planning' OR planned < task_total)
ORDER BY id
