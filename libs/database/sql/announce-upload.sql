-- Artifact $1 of account $2, named $3, of $4 bytes with the sha256 $5: nobody sees it before it is published, but its bytes stay from here on. The
-- same again when an earlier run of the request announced it. No row: the id is another artifact's.
INSERT INTO artifacts AS a (id, account_id, filename, size_bytes, sha256)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (id) DO UPDATE SET filename = a.filename
  WHERE a.account_id = excluded.account_id AND a.filename = excluded.filename AND a.sha256 = excluded.sha256
RETURNING a.published_at IS NOT NULL AS published
