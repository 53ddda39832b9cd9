-- Opens the ended job $2 of account $1 again for its failed tasks, whatever their number, by one change of one row: from here on every reader
-- takes them as queued (`reopen_from`). The scheduler moves their rows slice by slice. $3: its reduction was taken back, so that there is something to do even
-- where none is left that failed.
WITH opened AS (
  UPDATE jobs
  SET status = 'queued', run = run + 1, error = NULL, cancel_requested_at = NULL, started_at = NULL, finished_at = NULL,
      reopen_from = CASE WHEN failed > 0 THEN 0 END, reopening = failed, reopened = failed, failed = 0,
      queue_deadline = now() + make_interval(secs => (SELECT (submission ->> 'queue_timeout_s')::float8 FROM job_submissions WHERE job_id = $2))
  WHERE account_id = $1 AND id = $2 AND finished_at IS NOT NULL AND (failed > 0 OR $3)
  RETURNING id
), told AS (
  INSERT INTO outbox (kind, type, body)
  SELECT 'message', 'job.reopened', json_build_object('job_id', id) FROM opened
)
SELECT id FROM opened
