-- Deleted jobs that were cleared $1 seconds ago or earlier, $2 at most: nothing that was granted for them is valid any more.
SELECT job_id FROM deleted_jobs WHERE cleared_at < now() - make_interval(secs => $1) ORDER BY deleted_at LIMIT $2
