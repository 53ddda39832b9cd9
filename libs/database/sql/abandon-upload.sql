-- Gives up upload $2 of account $1, unless its artifact is published. It may be being verified: then its bytes are stored, and nobody's.
WITH gone AS (
  DELETE FROM artifacts a USING uploads u
  WHERE a.account_id = $1 AND a.id = $2 AND a.published_at IS NULL AND a.job_id IS NULL AND u.artifact_id = a.id
  RETURNING a.account_id, a.sha256, u.multipart_id
), orphaned AS (
  INSERT INTO orphaned_contents AS o (account_id, sha256) SELECT account_id, sha256 FROM gone
  ON CONFLICT (account_id, sha256) DO UPDATE SET removing_since = o.removing_since
)
SELECT multipart_id FROM gone
