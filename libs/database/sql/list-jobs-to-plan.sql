-- Backstop of the messages job.submitted and planning.wanted: open jobs whose dependencies hold, whose tasks are not all inserted, and that nobody
-- has touched for a moment.
SELECT id FROM jobs
WHERE status IN ('planning', 'queued', 'running') AND unmet = 0 AND (run_context IS NULL OR planned < task_total)
  AND created_at < now() - make_interval(secs => $1)
ORDER BY id
LIMIT 100
