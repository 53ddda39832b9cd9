-- Job $1 when it is the planner's to close: open, every task ended, every result folded. The lock keeps its tasks and counters as they are.
SELECT id, status, false AS just_started, task_total, planned, queued, leased, running, retrying, completed, failed, cancelled,
       cancel_requested_at IS NOT NULL AS cancel_requested, max_failures, error, closed_by_planner, aggregates, run,
       CASE WHEN map_total IS NOT NULL THEN run_context -> 'reduce' END AS reduce,
       (SELECT folded FROM job_aggregates WHERE job_id = jobs.id) AS folded
FROM jobs
WHERE id = $1 AND closed_by_planner AND finished_at IS NULL AND task_total > 0 AND completed + failed + cancelled = task_total
  AND NOT EXISTS (SELECT FROM ended_tasks WHERE job_id = $1)
FOR NO KEY UPDATE
