-- Workers unheard of for $1 seconds, and lost ones that hold leases nevertheless: a placement may have been under way when they were given up.
SELECT id, name, state = 'lost' AS was_lost FROM workers
WHERE state IN ('ready', 'draining') AND last_seen_at < now() - make_interval(secs => $1)
   OR state = 'lost' AND EXISTS (SELECT FROM tasks WHERE worker_id = workers.id)
ORDER BY id
FOR UPDATE SKIP LOCKED
