-- Backstop of the message job.reopened: open jobs with failed tasks that are still to be queued again.
SELECT id FROM jobs WHERE status IN ('planning', 'queued', 'running') AND reopening > 0 ORDER BY id LIMIT 100
