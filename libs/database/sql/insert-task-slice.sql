-- The next slice of task rows, from where the last one ended. Tasks of a job whose cancellation is requested are born cancelled.
-- $1 job, $2 most rows. Returns nothing when there is nothing left to insert; `planned` is null when another planner was faster, and then the
-- caller must roll back (lock-planning-if-free keeps it from happening).
-- The rows come first and the job's row last, for the moment that counting takes: who claims the first tasks does not wait for the last ones.
-- The counters move by differences only: CHECKs look at the row as it was when the statement began before they look at it as it is.
WITH job AS (
  SELECT id, planned AS first, least(planned + $2, task_total) AS until, cancel_requested_at IS NOT NULL AS cancelled,
         CASE WHEN map_total IS NULL THEN 0 ELSE reduce_attempts END AS attempts
  FROM jobs
  WHERE id = $1 AND status IN ('planning', 'queued', 'running') AND run_context IS NOT NULL AND planned < task_total
), inserted AS (
  INSERT INTO tasks (job_id, index, attempt, state, finished_at)
  SELECT job.id, g.index, job.attempts, CASE WHEN job.cancelled THEN 'cancelled' ELSE 'queued' END::task_state,
         CASE WHEN job.cancelled THEN now() END
  FROM job, generate_series(job.first, job.until - 1) AS g (index)
  RETURNING 1
), slice AS (
  SELECT count(*)::int AS n FROM inserted
), counted AS (
  UPDATE jobs
  SET planned    = jobs.planned + slice.n,
      queued     = queued    + CASE WHEN job.cancelled THEN 0 ELSE slice.n END,
      cancelled  = jobs.cancelled + CASE WHEN job.cancelled THEN slice.n ELSE 0 END,
      status     = CASE WHEN status = 'planning' THEN 'queued' ELSE status END,
      planned_at = coalesce(planned_at, CASE WHEN job.until = task_total THEN now() END)
  FROM job, slice
  WHERE jobs.id = job.id AND jobs.planned = job.first AND jobs.finished_at IS NULL
  RETURNING jobs.id, jobs.planned, jobs.task_total
)
SELECT job.id, counted.planned, counted.task_total, job.until - job.first AS inserted, job.cancelled AS born_cancelled
FROM job LEFT JOIN counted ON counted.id = job.id
