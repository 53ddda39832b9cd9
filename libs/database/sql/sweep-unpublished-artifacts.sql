-- Artifacts that were announced $1 seconds ago or earlier and whose bytes never came: $2 at most. Of one that is uploaded by signed URLs the time
-- counts from the end of the last one.
WITH old AS (
  SELECT ctid AS address FROM artifacts
  WHERE published_at IS NULL AND created_at < now() - make_interval(secs => $1)
    AND NOT EXISTS (SELECT FROM uploads u WHERE u.artifact_id = artifacts.id
                    AND (u.verify_after IS NOT NULL OR u.signed_until > now() - make_interval(secs => $1)))
  ORDER BY created_at
  LIMIT $2
  FOR UPDATE SKIP LOCKED
), gone AS (
  DELETE FROM artifacts USING old WHERE artifacts.ctid = old.address RETURNING artifacts.account_id, artifacts.sha256
), orphaned AS (
  INSERT INTO orphaned_contents AS o (account_id, sha256) SELECT DISTINCT account_id, sha256 FROM gone ORDER BY 1, 2
  ON CONFLICT (account_id, sha256) DO UPDATE SET removing_since = o.removing_since
)
SELECT count(*)::int AS count FROM gone
