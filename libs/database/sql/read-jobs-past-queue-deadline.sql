-- Open jobs with tasks that have not started, or that wait for dependencies, although the time to start has passed.
SELECT id, unmet > 0 AS waits FROM jobs
WHERE status IN ('queued', 'running') AND queue_deadline < now() AND (queued > 0 OR unmet > 0) ORDER BY id LIMIT 100
