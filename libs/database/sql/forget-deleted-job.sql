DELETE FROM deleted_jobs WHERE job_id = $1 AND cleared_at IS NOT NULL
