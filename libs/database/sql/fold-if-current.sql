-- Makes the ended tasks of the rows $8 part of the aggregate of job $1, $6 of them, if it is still at version $2: else somebody else has done it.
-- $3 progress, $4 what users see, $5 its aliases, $7 seconds until the next fold.
WITH current AS (
  UPDATE job_aggregates
  SET version = version + 1, progress = $3, result = $4, aliases = $5, folded = folded + $6, fold_after = now() + make_interval(secs => $7),
      updated_at = now()
  WHERE job_id = $1 AND version = $2
  RETURNING job_id
), gone AS (
  DELETE FROM ended_tasks USING current WHERE ended_tasks.job_id = current.job_id AND ended_tasks.id = ANY ($8::bigint[])
)
SELECT job_id FROM current
