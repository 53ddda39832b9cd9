-- Uploads that no URL adds to any more and that nobody will ask for: what arrived of them is to be removed. $1 at most.
SELECT artifact_id, account_id, multipart_id FROM uploads u
WHERE signed_until < now() AND verify_after IS NULL
  AND NOT EXISTS (SELECT FROM artifacts a WHERE a.id = u.artifact_id AND a.published_at IS NULL)
ORDER BY signed_until
LIMIT $1
