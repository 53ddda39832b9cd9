-- Backstop of the message job.submitted: open jobs whose tasks are not all inserted and that nobody has touched for a moment.
SELECT id FROM jobs
WHERE status IN ('planning', 'queued', 'running') AND (status = 'planning' OR planned < task_total)
  AND created_at < now() - make_interval(secs => $1)
ORDER BY id
LIMIT 100
