-- Queued work as groups: one row per job, its cost does not depend on how many tasks wait. At most $1 jobs per account, so that no
-- account hides another one's.
SELECT ranked.id, account_id, project_id, priority, ranked.created_at, requirements, queued, active, max_parallel, mean_runtime_ms, a.max_running_tasks
FROM (
  SELECT id, account_id, project_id, priority, created_at, requirements, queued, leased + running AS active, max_parallel,
         mean_runtime_ms,
         row_number() OVER (PARTITION BY account_id ORDER BY priority DESC, id) AS place
  FROM jobs
  WHERE status IN ('queued', 'running') AND queued > 0 AND cancel_requested_at IS NULL
) ranked JOIN accounts a ON a.id = ranked.account_id
WHERE place <= $1
