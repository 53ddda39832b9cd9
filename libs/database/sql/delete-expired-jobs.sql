-- Deletes jobs that ended $2 seconds ago or earlier as delete-job-if-ended does, $3 at most, the oldest first. $1: no id made in the last $2 seconds is
-- below it; ids ascend with time, so that only old jobs are looked at.
WITH due AS (
  SELECT id FROM jobs
  WHERE id < $1 AND finished_at < now() - make_interval(secs => $2)
    AND NOT EXISTS (SELECT FROM job_dependencies d JOIN jobs o ON o.id = d.job_id WHERE d.depends_on = jobs.id AND o.finished_at IS NULL)
  ORDER BY id
  LIMIT $3
  FOR UPDATE SKIP LOCKED
), gone AS (
  DELETE FROM jobs USING due WHERE jobs.id = due.id RETURNING jobs.id, jobs.account_id, jobs.planned
), noted AS (
  INSERT INTO deleted_jobs (job_id, account_id, task_total) SELECT id, account_id, planned FROM gone
)
SELECT id FROM gone
