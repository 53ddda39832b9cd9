-- Plans job $2 of account $1 anew that failed before it had a task: its planning failed, or a dependency, and what it lacked may be there by now.
-- Dependencies that did not hold are looked at again.
WITH opened AS (
  UPDATE jobs
  SET status = CASE WHEN unmet > 0 THEN 'queued' ELSE 'planning' END::job_status,
      run = run + 1, error = NULL, cancel_requested_at = NULL, finished_at = NULL, run_context = NULL, task_total = 0,
      queue_deadline = now() + make_interval(secs => (SELECT (submission ->> 'queue_timeout_s')::float8 FROM job_submissions WHERE job_id = $2))
  WHERE account_id = $1 AND id = $2 AND status = 'failed' AND planned = 0
  RETURNING id
), awaited AS (
  UPDATE job_dependencies d SET state = 'waiting' FROM opened WHERE d.job_id = opened.id AND d.state = 'failed'
), told AS (
  INSERT INTO outbox (kind, type, body)
  SELECT 'message', 'job.submitted', json_build_object('job_id', id) FROM opened
)
SELECT id FROM opened
