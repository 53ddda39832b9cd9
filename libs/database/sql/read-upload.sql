-- The upload of artifact $2 by a user of account $1, as far as it is not given up.
SELECT u.artifact_id, u.account_id, u.multipart_id, u.part_bytes, u.fault, a.size_bytes,
       CASE WHEN u.fault IS NOT NULL THEN 'refused' WHEN a.published_at IS NOT NULL THEN 'published'
            WHEN u.verify_after IS NOT NULL THEN 'verifying' ELSE 'open' END AS status
FROM uploads u LEFT JOIN artifacts a ON a.id = u.artifact_id
WHERE u.account_id = $1 AND u.artifact_id = $2 AND a.job_id IS NULL AND (a.id IS NOT NULL OR u.fault IS NOT NULL)
