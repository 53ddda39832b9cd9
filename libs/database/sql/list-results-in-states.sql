-- Results of a job of account $1 after index $3 whose task is in one of the states $5; see list-tasks-in-states.
SELECT t.index, t.state, t.attempt, t.exit_code, t.started_at, t.finished_at, t.outcome, t.result::text AS result
FROM unnest($5::task_state[]) AS s (state),
     LATERAL (SELECT * FROM tasks
              WHERE job_id = $2 AND state = s.state AND index > $3
              ORDER BY index LIMIT $4) t
WHERE EXISTS (SELECT FROM jobs j WHERE j.account_id = $1 AND j.id = $2)
ORDER BY t.index
LIMIT $4
