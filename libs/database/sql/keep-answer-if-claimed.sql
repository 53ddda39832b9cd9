-- Keeps the answer to key $3 on route $2 of account $1, unless the claim of time $4 was taken over.
UPDATE idempotency_keys SET status = $5, headers = $6, body = $7
WHERE account_id = $1 AND route = $2 AND key = $3 AND status IS NULL AND claimed_at = $4::timestamptz
RETURNING seed
