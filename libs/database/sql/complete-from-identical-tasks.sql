-- Tasks $2 of job $1, inserted in this transaction and seen by nobody, become what identical tasks have become: $3 jobs, $4 indices, $5 attempts of
-- these, $6 outcomes. Only of the same account, and only while the other job is there: what was found may be gone by now. Returns those that are
-- completed; the counters of states are the caller's.
WITH done AS (
  UPDATE tasks t
  SET state = 'completed', attempt = 1, exit_code = other.exit_code, finished_at = now(), outcome = h.outcome, result = other.result
  FROM unnest($2::int[], $3::uuid[], $4::int[], $5::smallint[], $6::json[]) AS h (index, job_id, other_index, attempt, outcome)
  JOIN tasks other ON other.job_id = h.job_id AND other.index = h.other_index AND other.attempt = h.attempt AND other.state = 'completed'
  JOIN jobs theirs ON theirs.id = h.job_id
  JOIN jobs ours ON ours.id = $1 AND ours.account_id = theirs.account_id
  WHERE t.job_id = $1 AND t.index = h.index AND t.state = 'queued'
  RETURNING t.index, t.attempt, t.exit_code
), counted AS (
  UPDATE jobs SET cached = cached + (SELECT count(*) FROM done) WHERE id = $1
)
SELECT $1::uuid AS job_id, index, attempt, exit_code FROM done ORDER BY index
