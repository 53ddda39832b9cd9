-- Lets the same request claim key $3 again at once, with the seed it had: what the claim of time $4 created before it failed is found again.
UPDATE idempotency_keys SET claimed_at = '-infinity'
WHERE account_id = $1 AND route = $2 AND key = $3 AND status IS NULL AND claimed_at = $4::timestamptz
RETURNING seed
