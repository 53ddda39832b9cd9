-- Checkpoints in the object store that nobody will ask for any more, $1 at most.
SELECT job_id, index, attempt FROM discarded_checkpoints ORDER BY job_id, index, attempt LIMIT $1
