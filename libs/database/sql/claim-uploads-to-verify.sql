-- Uploads to verify, $2 at most, or the one of artifact $1. Nobody else takes them for as long as that should take: whoever has not settled them
-- by then died.
WITH due AS (
  SELECT artifact_id FROM uploads
  WHERE verify_after <= now() AND ($1::uuid IS NULL OR artifact_id = $1)
  ORDER BY verify_after
  LIMIT $2
  FOR UPDATE SKIP LOCKED
)
UPDATE uploads u SET verify_after = now() + make_interval(secs => 60 + COALESCE(a.size_bytes, 0) / 1e7)
FROM due LEFT JOIN artifacts a ON a.id = due.artifact_id AND a.published_at IS NULL
WHERE u.artifact_id = due.artifact_id
RETURNING u.artifact_id AS id, u.account_id, u.multipart_id, a.filename, a.size_bytes, a.sha256, a.job_id
