-- Deliveries of job $2 of account $1, newest first, older than $3, at most $4.
SELECT d.id, d.url, d.body ->> 'type' AS type, d.run, d.state, d.attempts, d.last_status, d.last_error, d.recent_attempts, d.created_at,
  d.next_attempt_at, d.delivered_at
FROM webhook_deliveries d JOIN jobs j ON j.id = d.job_id
WHERE j.account_id = $1 AND d.job_id = $2 AND ($3::uuid IS NULL OR d.id < $3)
ORDER BY d.id DESC
LIMIT $4
