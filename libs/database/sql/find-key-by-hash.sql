-- Whose key hashes to $1. Its use is noted to a minute, and not at all while somebody else notes it: nobody waits for that.
WITH found AS (
  SELECT k.id, k.account_id, k.role, a.is_operator
  FROM api_keys k JOIN accounts a ON a.id = k.account_id
  WHERE k.key_hash = $1 AND k.revoked_at IS NULL
), used AS (
  UPDATE api_keys SET last_used_at = now() WHERE id = (
    SELECT id FROM api_keys
    WHERE id = (SELECT id FROM found) AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')
    FOR NO KEY UPDATE SKIP LOCKED
  )
)
SELECT * FROM found
