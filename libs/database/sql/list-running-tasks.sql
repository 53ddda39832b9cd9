-- The first tasks of a job of account $1 that run now, for the snapshot of a stream.
SELECT t.index, t.state, t.attempt, t.exit_code, t.available_at, t.leased_at, t.started_at, t.finished_at, t.outcome,
       t.checkpoint_saved_at, t.checkpoint_size_bytes
FROM tasks t
WHERE t.job_id = $2 AND EXISTS (SELECT FROM jobs j WHERE j.account_id = $1 AND j.id = $2)
  AND t.state = 'running'
ORDER BY t.index
LIMIT $3
