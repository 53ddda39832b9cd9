-- Takes due deliveries: at most $1, at most $2 per host, none of the hosts $3 (they are busy). A claim pushes the next attempt $4 seconds away, so
-- that a notifier that dies in the middle of a delivery delays it and loses nothing. The inner limit bounds the work when one host has a long queue.
WITH due AS (
  SELECT id, url, next_attempt_at, lower(substring(url FROM '^[a-zA-Z]+://([^/?#]*)')) AS host
  FROM webhook_deliveries
  WHERE state = 'pending' AND next_attempt_at <= now()
    AND NOT lower(substring(url FROM '^[a-zA-Z]+://([^/?#]*)')) = ANY ($3::text[])
  ORDER BY next_attempt_at
  LIMIT 1000
), ranked AS (
  SELECT id, host, next_attempt_at, row_number() OVER (PARTITION BY host ORDER BY next_attempt_at) AS place FROM due
), chosen AS (
  SELECT id, host FROM ranked WHERE place <= $2 ORDER BY next_attempt_at LIMIT $1
)
UPDATE webhook_deliveries d
SET attempts = attempts + 1, next_attempt_at = now() + make_interval(secs => $4)
FROM chosen c, jobs j, accounts a
WHERE d.id = c.id AND j.id = d.job_id AND a.id = j.account_id AND d.state = 'pending' AND d.next_attempt_at <= now()
RETURNING d.id, d.url, c.host, d.body::text AS body, d.attempts, d.created_at, j.account_id, a.webhook_secret
