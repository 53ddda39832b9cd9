-- Tasks $2 of job $1, inserted in this transaction and seen by nobody, become what identical tasks have become: $3 jobs, $4 indices, $5 attempts of
-- these, $6 outcomes. Only of the same account, and only while the other job is there: what was found may be gone by now. Returns those that are
-- completed; the counters of states are the caller's.
-- OFFSET 0 and ctid: see list-identical-tasks and claim-queued-tasks.
WITH found AS MATERIALIZED (
  SELECT mine.address, h.outcome, other.exit_code, other.result
  FROM unnest($2::int[], $3::uuid[], $4::int[], $5::smallint[], $6::json[]) AS h (index, job_id, other_index, attempt, outcome),
       LATERAL (SELECT ctid AS address, state FROM tasks WHERE job_id = $1 AND index = h.index OFFSET 0) mine,
       LATERAL (SELECT attempt, state, exit_code, result FROM tasks WHERE job_id = h.job_id AND index = h.other_index OFFSET 0) other,
       LATERAL (SELECT account_id FROM jobs WHERE id = h.job_id OFFSET 0) theirs
  WHERE mine.state = 'queued' AND other.state = 'completed' AND other.attempt = h.attempt
    AND theirs.account_id = (SELECT account_id FROM jobs WHERE id = $1)
), done AS (
  UPDATE tasks
  SET state = 'completed', attempt = 1, exit_code = found.exit_code, finished_at = now(), outcome = found.outcome, result = found.result
  FROM found
  WHERE tasks.ctid = found.address
  RETURNING tasks.index, tasks.attempt, tasks.exit_code
), counted AS (
  UPDATE jobs SET cached = cached + (SELECT count(*) FROM done) WHERE id = $1
)
SELECT $1::uuid AS job_id, index, attempt, exit_code FROM done ORDER BY index
