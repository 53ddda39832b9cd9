-- Fixes how many tasks the job has, what a worker needs to run them, and who has the last word: $4 the planner closes it, $5 its results are
-- aggregated; $6 tasks that the planner will add. No job gets that far before its dependencies hold.
WITH begun AS (
  UPDATE jobs SET task_total = $2, run_context = $3, closed_by_planner = $4, aggregates = $5, tasks_ahead = $6
  WHERE id = $1 AND status IN ('planning', 'queued') AND unmet = 0 AND run_context IS NULL
  RETURNING id, aggregates
), aggregate AS (
  INSERT INTO job_aggregates (job_id) SELECT id FROM begun WHERE aggregates
)
SELECT id FROM begun
