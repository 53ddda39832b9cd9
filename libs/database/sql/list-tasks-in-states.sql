-- Tasks of a job of account $1 after index $3 that are in one of the states $5, in order of index: the first of each state, merged, so that
-- the few that failed are found among a million that did not.
SELECT t.index, t.state, t.attempt, t.exit_code, t.available_at, t.leased_at, t.started_at, t.finished_at, t.outcome,
       t.checkpoint_saved_at, t.checkpoint_size_bytes
FROM unnest($5::task_state[]) AS s (state),
     LATERAL (SELECT * FROM tasks
              WHERE job_id = $2 AND state = s.state AND index > $3
              ORDER BY index LIMIT $4) t
WHERE EXISTS (SELECT FROM jobs j WHERE j.account_id = $1 AND j.id = $2)
ORDER BY t.index
LIMIT $4
