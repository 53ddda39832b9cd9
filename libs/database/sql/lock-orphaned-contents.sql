-- The next contents of which an artifact was deleted, $1 at most. Nobody else takes them meanwhile; a removal that is $2 seconds old died.
WITH next AS (
  SELECT account_id, sha256 FROM orphaned_contents
  WHERE removing_since IS NULL OR removing_since < now() - make_interval(secs => $2)
  ORDER BY account_id, sha256
  LIMIT $1
  FOR UPDATE SKIP LOCKED
)
SELECT account_id, sha256, pg_advisory_xact_lock(hashtextextended('content:' || account_id || sha256, 0)) FROM next
