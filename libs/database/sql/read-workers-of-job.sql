SELECT DISTINCT worker_id FROM tasks WHERE job_id = $1 AND state IN ('leased', 'running')
