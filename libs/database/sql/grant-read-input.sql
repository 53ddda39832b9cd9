-- Content of artifact $2 (its public id $3), if it is there, the same account's as job $1 and among what the names in that job's payload stand for.
SELECT a.account_id, a.sha256
FROM job_submissions s
JOIN jobs j ON j.id = s.job_id
JOIN artifacts a ON a.id = $2 AND a.account_id = j.account_id AND a.published_at IS NOT NULL
WHERE s.job_id = $1
  AND EXISTS (SELECT FROM json_each(s.resolved -> 'artifacts') AS handed WHERE handed.value ->> 'artifact_id' = $3)
  AND (a.job_id IS NULL OR EXISTS (SELECT FROM jobs WHERE jobs.id = a.job_id))
