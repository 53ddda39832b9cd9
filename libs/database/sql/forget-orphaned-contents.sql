-- The bytes of the contents $1, $2 are gone.
DELETE FROM orphaned_contents o
USING unnest($1::uuid[], $2::text[]) AS n (account_id, sha256)
WHERE o.account_id = n.account_id AND o.sha256 = n.sha256 AND o.removing_since IS NOT NULL
