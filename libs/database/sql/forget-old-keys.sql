-- Removes at most $2 keys older than $1 seconds. Several gateways may do it at once.
DELETE FROM idempotency_keys WHERE ctid = ANY (ARRAY(
  SELECT ctid FROM idempotency_keys WHERE created_at < now() - make_interval(secs => $1) ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED
))
RETURNING 1 AS forgotten
