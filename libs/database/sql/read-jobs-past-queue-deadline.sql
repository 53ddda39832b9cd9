SELECT id FROM jobs WHERE status IN ('queued', 'running') AND queue_deadline < now() AND queued > 0 ORDER BY id LIMIT 100
