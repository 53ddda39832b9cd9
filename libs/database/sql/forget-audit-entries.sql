-- Removes at most $2 entries older than $1 seconds: ids begin with the time they were made at, so the oldest are found by them.
DELETE FROM audit_log WHERE id = ANY (ARRAY(
  SELECT id FROM audit_log WHERE created_at < now() - make_interval(secs => $1) ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED
))
RETURNING 1 AS forgotten
