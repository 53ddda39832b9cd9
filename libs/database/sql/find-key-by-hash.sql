SELECT k.id, k.account_id, k.role, a.is_operator
FROM api_keys k JOIN accounts a ON a.id = k.account_id
WHERE k.key_hash = $1 AND k.revoked_at IS NULL
