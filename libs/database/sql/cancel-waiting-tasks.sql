-- Ends tasks of job $1 that no worker holds, at most $2 of each state, the first ones first. Returns how many left each state.
WITH waiting AS (
  SELECT t.address, s.state
  FROM unnest('{queued,retrying}'::task_state[]) AS s (state),
       LATERAL (SELECT ctid AS address FROM tasks
                WHERE job_id = $1 AND state = s.state
                ORDER BY index LIMIT $2 FOR UPDATE SKIP LOCKED) t
), ended AS (
  UPDATE tasks SET state = 'cancelled', available_at = NULL, finished_at = now()
  FROM waiting WHERE tasks.ctid = waiting.address
  RETURNING waiting.state AS left_state
)
SELECT left_state AS state, count(*)::int AS count FROM ended GROUP BY left_state
