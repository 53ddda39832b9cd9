SELECT k.id, k.account_id, k.role FROM api_keys k WHERE k.key_hash = $1 AND k.revoked_at IS NULL
