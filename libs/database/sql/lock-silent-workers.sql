SELECT id, name FROM workers
WHERE state IN ('ready', 'draining') AND last_seen_at < now() - make_interval(secs => $1)
ORDER BY id
FOR UPDATE SKIP LOCKED
