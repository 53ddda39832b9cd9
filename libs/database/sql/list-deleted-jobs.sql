-- Deleted jobs of which something is left, the oldest first, $1 at most.
SELECT job_id FROM deleted_jobs WHERE cleared_at IS NULL ORDER BY deleted_at LIMIT $1
