-- Takes due deliveries: at most $1 in all and $2 per host, of which $4 are under way to the hosts $3. A claim pushes the next attempt $5 seconds
-- away, so that a notifier that dies in the middle of a delivery delays it and loses nothing. Full hosts are left out before the inner limit, which
-- bounds the work when one host has a long queue.
WITH busy AS (
  SELECT * FROM unnest($3::text[], $4::int[]) AS b (host, under_way)
), due AS (
  SELECT id, next_attempt_at, h.host
  FROM webhook_deliveries d, lower(substring(d.url FROM '^[a-zA-Z]+://([^/?#]*)')) AS h (host)
  WHERE state = 'pending' AND next_attempt_at <= now()
    AND NOT EXISTS (SELECT FROM busy WHERE busy.host = h.host AND under_way >= $2)
  ORDER BY next_attempt_at
  LIMIT 1000
), ranked AS (
  SELECT id, host, next_attempt_at, row_number() OVER (PARTITION BY host ORDER BY next_attempt_at) AS place FROM due
), chosen AS (
  SELECT id, host FROM ranked LEFT JOIN busy USING (host)
  WHERE place <= $2 - coalesce(under_way, 0)
  ORDER BY next_attempt_at
  LIMIT $1
)
UPDATE webhook_deliveries d
SET attempts = attempts + 1, next_attempt_at = now() + make_interval(secs => $5)
FROM chosen c, jobs j, accounts a
WHERE d.id = c.id AND j.id = d.job_id AND a.id = j.account_id AND d.state = 'pending' AND d.next_attempt_at <= now()
RETURNING d.id, d.url, c.host, d.body::text AS body, d.attempts, d.attempts - d.tried_before AS tries, d.due_since, j.account_id, a.webhook_secret,
  CASE WHEN a.previous_webhook_secret_until > now() THEN a.previous_webhook_secret END AS previous_webhook_secret
