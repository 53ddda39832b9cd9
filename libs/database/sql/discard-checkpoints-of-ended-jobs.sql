-- Discards checkpoints of jobs that ended $1 seconds ago or earlier, $2 at most; returns how many. A job that is opened again meanwhile keeps its own:
-- the lock waits for who opens it, and asks again.
WITH checkpointed AS (
  SELECT t.job_id, t.index FROM tasks t
  WHERE t.checkpoint_attempt IS NOT NULL
    AND EXISTS (SELECT FROM jobs j WHERE j.id = t.job_id AND j.finished_at < now() - make_interval(secs => $1))
  ORDER BY t.job_id, t.index
  LIMIT $2
), ended AS (
  SELECT id FROM jobs
  WHERE id IN (SELECT job_id FROM checkpointed) AND finished_at < now() - make_interval(secs => $1)
  ORDER BY id
  FOR NO KEY UPDATE
), taken AS (
  SELECT t.ctid AS address, t.job_id, t.index, t.checkpoint_attempt AS attempt
  FROM checkpointed c JOIN ended ON ended.id = c.job_id JOIN tasks t ON t.job_id = c.job_id AND t.index = c.index
  FOR UPDATE OF t
), discarded AS (
  INSERT INTO discarded_checkpoints (job_id, index, attempt) SELECT job_id, index, attempt FROM taken ON CONFLICT DO NOTHING
), forgotten AS (
  UPDATE tasks SET checkpoint_attempt = NULL, checkpoint_saved_at = NULL, checkpoint_size_bytes = NULL
  FROM taken
  WHERE tasks.ctid = taken.address
  RETURNING 1
)
SELECT count(*)::int AS count FROM forgotten
