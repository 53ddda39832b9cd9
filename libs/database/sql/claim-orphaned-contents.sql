-- Of the contents $1, $2 (accounts, hashes; locked in this transaction, by a statement of its own before this one): those that an artifact has are not
-- orphaned after all; of the others no artifact can be announced until they are gone.
WITH named AS (
  SELECT * FROM unnest($1::uuid[], $2::text[]) AS n (account_id, sha256)
), kept AS (
  SELECT n.account_id, n.sha256, EXISTS (SELECT FROM artifacts a WHERE a.account_id = n.account_id AND a.sha256 = n.sha256) AS is_held FROM named n
), rescued AS (
  DELETE FROM orphaned_contents o USING kept WHERE kept.is_held AND o.account_id = kept.account_id AND o.sha256 = kept.sha256
)
UPDATE orphaned_contents o SET removing_since = now()
FROM kept
WHERE NOT kept.is_held AND o.account_id = kept.account_id AND o.sha256 = kept.sha256
RETURNING o.account_id, o.sha256
