-- The next slice of task rows, from where the last one ended. Tasks of a job whose cancellation is requested are born cancelled.
-- $1 job, $2 most rows. Returns nothing when there is nothing left to insert. Waits for whoever holds the job, be it a scheduler or another
-- planner, and goes on from where that one left it. The counters move by differences only: CHECKs look at the row as it was when the statement
-- began before they look at it as it is.
WITH job AS (
  SELECT id, planned AS first, least(planned + $2, task_total) AS until, cancel_requested_at IS NOT NULL AS cancelled
  FROM jobs
  WHERE id = $1 AND status IN ('planning', 'queued', 'running') AND run_context IS NOT NULL AND planned < task_total
  FOR NO KEY UPDATE
), inserted AS (
  INSERT INTO tasks (job_id, index, state, finished_at)
  SELECT job.id, g.index, CASE WHEN job.cancelled THEN 'cancelled' ELSE 'queued' END::task_state,
         CASE WHEN job.cancelled THEN now() END
  FROM job, generate_series(job.first, job.until - 1) AS g (index)
)
UPDATE jobs
SET planned    = jobs.planned + job.until - job.first,
    queued     = queued    + CASE WHEN job.cancelled THEN 0 ELSE job.until - job.first END,
    cancelled  = jobs.cancelled + CASE WHEN job.cancelled THEN job.until - job.first ELSE 0 END,
    status     = CASE WHEN status = 'planning' THEN 'queued' ELSE status END,
    planned_at = CASE WHEN job.until = task_total THEN now() END
FROM job
WHERE jobs.id = job.id
RETURNING jobs.id, jobs.planned, jobs.task_total, job.cancelled AS born_cancelled
