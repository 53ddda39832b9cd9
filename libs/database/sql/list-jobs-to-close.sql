-- Backstop of the message job.tasks_ended: open jobs that are the planner's to close and whose tasks have all ended.
SELECT id FROM jobs
WHERE status IN ('planning', 'queued', 'running') AND closed_by_planner AND task_total > 0 AND completed + failed + cancelled = task_total
ORDER BY id LIMIT 100
