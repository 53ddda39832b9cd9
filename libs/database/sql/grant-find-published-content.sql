-- Is this content of this account stored and verified? $1 account, $2 sha256, $3 size.
SELECT 1 AS found FROM artifacts
WHERE account_id = $1 AND sha256 = $2 AND size_bytes = $3 AND published_at IS NOT NULL
LIMIT 1
