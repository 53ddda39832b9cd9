-- Nothing of deleted job $1 is left, as far as is known.
UPDATE deleted_jobs SET cleared_at = now() WHERE job_id = $1 AND cleared >= task_total AND cleared_at IS NULL RETURNING job_id
