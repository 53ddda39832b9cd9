-- Jobs whose cancellation is requested and that still have something to stop: $1 one job, or null for all. One whose tasks have all ended and
-- that is still open is the planner's to close.
SELECT id FROM jobs
WHERE status IN ('planning', 'queued', 'running') AND cancel_requested_at IS NOT NULL AND ($1::uuid IS NULL OR id = $1)
  AND NOT (closed_by_planner AND completed + failed + cancelled = task_total)
ORDER BY id LIMIT 100
