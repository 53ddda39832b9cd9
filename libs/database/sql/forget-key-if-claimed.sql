-- Frees key $3: the claim of time $4 created nothing.
DELETE FROM idempotency_keys
WHERE account_id = $1 AND route = $2 AND key = $3 AND status IS NULL AND claimed_at = $4::timestamptz
RETURNING seed
