UPDATE jobs SET status = 'failed', error = $2, finished_at = now()
WHERE id = $1 AND status = 'planning' AND planned = 0
RETURNING id
