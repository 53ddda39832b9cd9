-- Removes the rows of the next $2 tasks of deleted job $1. Returns how far that is; nothing when no rows are left. Whoever comes at the same time waits
-- and goes on from there.
WITH part AS (
  SELECT job_id, cleared AS first, least(cleared + $2, task_total) AS until
  FROM deleted_jobs
  WHERE job_id = $1 AND cleared < task_total
  FOR UPDATE
), outputs AS (
  DELETE FROM task_outputs t USING part WHERE t.job_id = part.job_id AND t.index >= part.first AND t.index < part.until
), history AS (
  DELETE FROM attempts t USING part WHERE t.job_id = part.job_id AND t.index >= part.first AND t.index < part.until
), prints AS (
  DELETE FROM task_fingerprints t USING part WHERE t.job_id = part.job_id AND t.index >= part.first AND t.index < part.until
), files AS (
  DELETE FROM artifacts t USING part WHERE t.job_id = part.job_id AND t.task_index >= part.first AND t.task_index < part.until
  RETURNING t.account_id, t.sha256
), orphaned AS (
  INSERT INTO orphaned_contents AS o (account_id, sha256) SELECT DISTINCT account_id, sha256 FROM files ORDER BY 1, 2
  ON CONFLICT (account_id, sha256) DO UPDATE SET removing_since = o.removing_since
), rows AS (
  DELETE FROM tasks t USING part WHERE t.job_id = part.job_id AND t.index >= part.first AND t.index < part.until
)
UPDATE deleted_jobs d SET cleared = part.until FROM part WHERE d.job_id = part.job_id
RETURNING d.cleared, d.task_total
