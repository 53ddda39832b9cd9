-- Claims key $3 on route $2 of account $1 for the request with fingerprint $4; $5 is its seed when the key is new. A claim of the same request
-- that is older than $6 seconds is taken over with its seed: whoever held it is gone. One row: the claim (`claimed`), or what stands in its way.
-- No row when that appeared in this moment: ask again.
WITH claim AS (
  INSERT INTO idempotency_keys AS held (account_id, route, key, fingerprint, seed) VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT (account_id, route, key) DO UPDATE SET claimed_at = now()
  WHERE held.fingerprint = excluded.fingerprint AND held.status IS NULL AND held.claimed_at < now() - make_interval(secs => $6)
  RETURNING seed, claimed_at, created_at
)
SELECT true AS claimed, true AS is_same, seed, claimed_at::text AS claimed_at, created_at, seed <> $5 AS taken_over,
       NULL::int AS status, NULL::text AS headers, NULL::text AS body
FROM claim
UNION ALL
SELECT false, fingerprint = $4, seed, claimed_at::text, created_at, false, status, headers::text, body
FROM idempotency_keys
WHERE account_id = $1 AND route = $2 AND key = $3 AND NOT EXISTS (SELECT FROM claim)
