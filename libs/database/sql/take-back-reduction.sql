-- Takes back the reduce tasks of ended job $1 with everything that is kept of them: its map is run again, under context $2 with needs $3. Attempts of
-- the reduce tasks to come count on from these, so that a late report of an old one is never taken for one of theirs. The caller holds the job's
-- row.
WITH job AS (
  SELECT id, map_total FROM jobs WHERE id = $1
), gone AS (
  DELETE FROM tasks t USING job WHERE t.job_id = job.id AND t.index >= job.map_total
  RETURNING t.job_id, t.index, t.state, t.attempt, t.checkpoint_attempt
), discarded AS (
  INSERT INTO discarded_checkpoints (job_id, index, attempt)
  SELECT job_id, index, checkpoint_attempt FROM gone WHERE checkpoint_attempt IS NOT NULL ON CONFLICT DO NOTHING
), outputs AS (
  DELETE FROM task_outputs t USING job WHERE t.job_id = job.id AND t.index >= job.map_total
), history AS (
  DELETE FROM attempts t USING job WHERE t.job_id = job.id AND t.index >= job.map_total
), files AS (
  DELETE FROM artifacts t USING job WHERE t.job_id = job.id AND t.task_index >= job.map_total
  RETURNING t.account_id, t.sha256
), orphaned AS (
  INSERT INTO orphaned_contents (account_id, sha256) SELECT DISTINCT account_id, sha256 FROM files ORDER BY 1, 2 ON CONFLICT DO NOTHING
), aggregate AS (
  DELETE FROM job_aggregates USING job WHERE job_aggregates.job_id = job.id
), counted AS (
  SELECT count(*)::int AS n, count(*) FILTER (WHERE state = 'completed')::int AS completed, count(*) FILTER (WHERE state = 'failed')::int AS failed,
         count(*) FILTER (WHERE state = 'cancelled')::int AS cancelled, coalesce(max(attempt), 0) AS attempts
  FROM gone
)
UPDATE jobs
SET task_total = task_total - n, planned = planned - n, completed = jobs.completed - counted.completed, failed = jobs.failed - counted.failed,
    cancelled = jobs.cancelled - counted.cancelled, tasks_ahead = tasks_ahead + n, map_total = NULL, run_context = $2, requirements = $3,
    reduce_attempts = greatest(reduce_attempts, attempts), mean_runtime_ms = NULL
FROM counted
WHERE jobs.id = $1
