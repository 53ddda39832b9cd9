-- Asks for the end of job $2 of account $1 unless it has ended or was asked before; the message goes out with it.
WITH asked AS (
  UPDATE jobs SET cancel_requested_at = now()
  WHERE account_id = $1 AND id = $2 AND cancel_requested_at IS NULL AND status IN ('planning', 'queued', 'running')
  RETURNING id
), told AS (
  INSERT INTO outbox (kind, type, body)
  SELECT 'message', 'job.cancel_requested', json_build_object('job_id', id) FROM asked
)
SELECT id FROM asked
