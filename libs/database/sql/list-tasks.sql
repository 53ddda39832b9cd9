-- Tasks of a job of account $1 after index $3, in order. The result stays out: results have their own page.
SELECT t.index, t.state, t.attempt, t.exit_code, t.available_at, t.leased_at, t.started_at, t.finished_at, t.outcome,
       t.checkpoint_saved_at, t.checkpoint_size_bytes, (SELECT reopen_from FROM jobs WHERE id = $2) AS reopen_from
FROM tasks t
WHERE t.job_id = $2 AND EXISTS (SELECT FROM jobs j WHERE j.account_id = $1 AND j.id = $2)
  AND t.index > $3
ORDER BY t.index
LIMIT $4
