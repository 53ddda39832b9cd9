-- Newest first, after the cursor $1. Every filter may be null. Times are compared as they are shown, in milliseconds.
SELECT id, created_at, actor_key_id, actor_account_id, actor_role, action, account_id, target, request_id, client_address, details
FROM audit_log
WHERE ($1::uuid IS NULL OR id < $1)
  AND ($2::uuid IS NULL OR account_id = $2)
  AND ($3::text IS NULL OR action = $3)
  AND ($4::uuid IS NULL OR actor_key_id = $4)
  AND ($5::timestamptz IS NULL OR date_trunc('milliseconds', created_at) > $5)
  AND ($6::timestamptz IS NULL OR date_trunc('milliseconds', created_at) < $6)
ORDER BY id DESC
LIMIT $7
