-- All assignments of a round in one statement: $1 jobs, $2 workers, $3 counts (parallel arrays). The lowest queued indices of a job go
-- to its workers in the order given. Returns what was really claimed: another scheduler may have been faster.
-- max_parallel is kept by the counts as they stand now. Jobs are locked in order of id, as everywhere.
-- Locked rows are updated by their ctid: stable while locked, and no statistics can talk the planner into visiting every queued task.
WITH wanted AS (
  SELECT job_id, worker_id, n, sum(n) OVER (PARTITION BY job_id ORDER BY position) AS until_rank
  FROM unnest($1::uuid[], $2::uuid[], $3::int[]) WITH ORDINALITY AS w (job_id, worker_id, n, position)
), totals AS (
  SELECT w.job_id, least(w.n, j.max_parallel - j.leased - j.running) AS n
  FROM (SELECT job_id, max(until_rank) AS n FROM wanted GROUP BY job_id) w JOIN jobs j ON j.id = w.job_id
), picked AS (
  SELECT t.job_id, t.address, row_number() OVER (PARTITION BY t.job_id ORDER BY t.index) AS rank
  FROM totals,
       LATERAL (SELECT job_id, index, ctid AS address FROM tasks
                WHERE job_id = totals.job_id AND state = 'queued'
                ORDER BY index LIMIT greatest(totals.n, 0) FOR UPDATE SKIP LOCKED) t
), assigned AS MATERIALIZED (
  SELECT picked.address, wanted.worker_id
  FROM picked JOIN wanted ON wanted.job_id = picked.job_id
    AND picked.rank > wanted.until_rank - wanted.n AND picked.rank <= wanted.until_rank
), claimed AS (
  UPDATE tasks
  SET state = 'leased', attempt = attempt + 1, worker_id = assigned.worker_id, leased_at = now(), started_at = NULL
  FROM assigned
  WHERE tasks.ctid = assigned.address
  RETURNING tasks.job_id, tasks.index, tasks.attempt, tasks.worker_id
), per_job AS (
  SELECT job_id, count(*)::int AS n FROM claimed GROUP BY job_id
), locked AS (
  SELECT jobs.id, per_job.n FROM jobs JOIN per_job ON per_job.job_id = jobs.id ORDER BY jobs.id FOR NO KEY UPDATE OF jobs
), counted AS (
  UPDATE jobs SET queued = queued - locked.n, leased = leased + locked.n FROM locked WHERE jobs.id = locked.id
)
SELECT job_id, worker_id, array_agg(index) AS indices, array_agg(attempt) AS attempts
FROM claimed
GROUP BY job_id, worker_id
