-- Results of a job of account $1 after index $3 whose task is in one of the states $5; see list-tasks-in-states.
WITH job AS (
  SELECT reopen_from FROM jobs WHERE account_id = $1 AND id = $2
), wanted AS (
  SELECT s.state, 0 AS first, CASE WHEN s.state = 'failed' THEN reopen_from END AS until FROM job, unnest($5::task_state[]) AS s (state)
  UNION ALL
  SELECT 'failed', reopen_from, NULL FROM job WHERE reopen_from IS NOT NULL AND 'queued' = ANY ($5::task_state[])
)
SELECT t.index, t.state, t.attempt, t.exit_code, t.started_at, t.finished_at, t.outcome, t.result::text AS result,
       (SELECT reopen_from FROM job) AS reopen_from
FROM wanted,
     LATERAL (SELECT * FROM tasks
              WHERE job_id = $2 AND state = wanted.state AND index > $3 AND index >= wanted.first AND index < coalesce(wanted.until, 2147483647)
              ORDER BY index LIMIT $4) t
ORDER BY t.index
LIMIT $4
