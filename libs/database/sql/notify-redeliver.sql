-- The deliveries of job $2 of account $1, or its delivery $3, are due now, whatever became of them, and have a day again. An attempt that is under way
-- still says what became of it, before the next one is claimed.
UPDATE webhook_deliveries d
SET state = 'pending', next_attempt_at = now(), due_since = now(), tried_before = attempts, delivered_at = NULL
FROM jobs j
WHERE j.id = d.job_id AND j.account_id = $1 AND d.job_id = $2 AND ($3::uuid IS NULL OR d.id = $3)
RETURNING d.id, d.url, d.body ->> 'type' AS type, d.run, d.state, d.attempts, d.last_status, d.last_error, d.recent_attempts, d.created_at,
  d.next_attempt_at, d.delivered_at
