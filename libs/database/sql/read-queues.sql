-- What waits for whom, and how many seconds the oldest of it has waited.
SELECT name, depth, extract(epoch FROM now() - oldest)::float8 AS oldest_age_s
FROM (
  SELECT 'planning' AS name, count(*)::int AS depth, min(created_at) AS oldest FROM jobs WHERE status = 'planning'
  UNION ALL SELECT 'outbox', count(*)::int, min(created_at) FROM outbox
  UNION ALL SELECT 'webhooks', count(*)::int, min(created_at) FROM webhook_deliveries WHERE state = 'pending'
  UNION ALL SELECT 'deletion', count(*)::int, min(deleted_at) FROM deleted_jobs WHERE cleared_at IS NULL
) q
