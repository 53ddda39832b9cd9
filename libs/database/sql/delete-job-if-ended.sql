-- Deletes job $2 of account $1 when it has ended and no open job depends on it: the row and all that hangs on it. From here on nobody finds the job or
-- anything of it; `deleted_jobs` remembers what is left to be cleared away, and the message says that there is something.
WITH gone AS (
  DELETE FROM jobs
  WHERE account_id = $1 AND id = $2 AND finished_at IS NOT NULL
    AND NOT EXISTS (SELECT FROM job_dependencies d JOIN jobs o ON o.id = d.job_id WHERE d.depends_on = $2 AND o.finished_at IS NULL)
  RETURNING id, account_id, planned
), noted AS (
  INSERT INTO deleted_jobs (job_id, account_id, task_total) SELECT id, account_id, planned FROM gone
), told AS (
  INSERT INTO outbox (kind, type, body) SELECT 'message', 'job.deleted', json_build_object('job_id', id) FROM gone
)
SELECT id FROM gone
