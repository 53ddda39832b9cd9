-- An announced artifact, as long as the asking worker holds the attempt that announced it: $1 artifact, $2 worker.
SELECT a.id, a.account_id, a.job_id, a.filename, a.size_bytes, a.sha256, a.published_at IS NOT NULL AS published
FROM artifacts a
JOIN tasks t ON t.job_id = a.job_id AND t.index = a.task_index AND t.attempt = a.attempt
WHERE a.id = $1 AND t.worker_id = $2 AND t.state IN ('leased', 'running')
