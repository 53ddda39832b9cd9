-- Ends the tasks of job $1 that no worker holds. Returns how many left each state.
WITH waiting AS (
  SELECT ctid AS address, state FROM tasks WHERE job_id = $1 AND state IN ('queued', 'retrying') FOR UPDATE SKIP LOCKED
), ended AS (
  UPDATE tasks SET state = 'cancelled', available_at = NULL, finished_at = now()
  FROM waiting WHERE tasks.ctid = waiting.address
  RETURNING waiting.state AS left_state
)
SELECT left_state AS state, count(*)::int AS count FROM ended GROUP BY left_state
