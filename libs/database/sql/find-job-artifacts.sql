-- Published artifacts of job $2 of account $1 that are called $3: of each task, or of task $4 alone, the latest. Two at most, more need not be told apart.
SELECT DISTINCT ON (task_index) id, job_id, task_index, filename, size_bytes, sha256, external_url, created_at
FROM artifacts
WHERE account_id = $1 AND job_id = $2 AND filename = $3 AND ($4::int IS NULL OR task_index = $4) AND published_at IS NOT NULL
ORDER BY task_index, attempt DESC
LIMIT 2
