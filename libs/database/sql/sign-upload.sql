-- URLs for the arrival of artifact $1 are going to be signed that work for $2 seconds. No row: nobody uploads it any more.
UPDATE uploads u SET signed_until = greatest(u.signed_until, now() + make_interval(secs => $2))
FROM artifacts a
WHERE u.artifact_id = $1 AND a.id = u.artifact_id AND a.published_at IS NULL
RETURNING u.account_id, u.multipart_id
