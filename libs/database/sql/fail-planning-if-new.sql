UPDATE jobs SET status = 'failed', error = $2, finished_at = now()
WHERE id = $1 AND status IN ('planning', 'queued') AND unmet = 0 AND planned = 0
RETURNING id
