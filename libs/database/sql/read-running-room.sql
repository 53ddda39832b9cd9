-- How many tasks more accounts $1 may be given under their quota of running tasks. A statement of its own, after the lock: what the round before
-- has claimed is in it.
SELECT a.id, greatest(coalesce(a.max_running_tasks, 2147483647) - coalesce(held.count, 0), 0)::bigint AS room
FROM accounts a LEFT JOIN LATERAL (
  SELECT sum(leased + running) AS count FROM jobs WHERE account_id = a.id AND status IN ('planning', 'queued', 'running')
) held ON true
WHERE a.id = ANY ($1)
