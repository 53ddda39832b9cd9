-- The next slice of failed tasks of a reopened job, from where the last one ended: $1 job, $2 most rows. Attempts go on counting, failures and
-- losses begin anew. Tasks of a job whose cancellation is requested are cancelled instead. Returns nothing when none is left. Waits for whoever
-- holds the job, be it another slice or the request to cancel.
WITH job AS (
  SELECT id, reopen_from, aggregates, cancel_requested_at IS NOT NULL AS cancelled
  FROM jobs
  WHERE id = $1 AND reopening > 0
  FOR NO KEY UPDATE
), slice AS (
  SELECT t.address, t.index, job.cancelled
  FROM job,
       LATERAL (SELECT ctid AS address, index FROM tasks
                WHERE job_id = job.id AND state = 'failed' AND index >= job.reopen_from
                ORDER BY index LIMIT $2 FOR UPDATE) t
), moved AS (
  UPDATE tasks
  SET state = CASE WHEN slice.cancelled THEN 'cancelled' ELSE 'queued' END::task_state,
      finished_at = CASE WHEN slice.cancelled THEN now() END,
      failures = 0, losses = 0, exit_code = NULL, leased_at = NULL, started_at = NULL, outcome = NULL, result = NULL
  FROM slice
  WHERE tasks.ctid = slice.address
), counted AS (
  SELECT count(*)::int AS n, max(index) AS last FROM slice
)
UPDATE jobs
SET reopening   = reopening - counted.n,
    reopen_from = CASE WHEN reopening > counted.n THEN counted.last + 1 END,
    queued      = queued + CASE WHEN job.cancelled THEN 0 ELSE counted.n END,
    cancelled   = jobs.cancelled + CASE WHEN job.cancelled THEN counted.n ELSE 0 END
FROM job, counted
WHERE jobs.id = job.id
RETURNING jobs.id, counted.n AS count, jobs.reopening, job.aggregates
