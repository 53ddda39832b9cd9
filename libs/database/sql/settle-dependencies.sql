-- Marks waiting dependencies whose job has ended, of those on the jobs $1 and those of the jobs $2: met when the condition holds; failed when it does
-- not and the dependant has ended. One that fails an open dependant stays waiting until fail-waiting-jobs has ended that one, so that none is
-- forgotten in between. Each row moves once, whoever comes: the dependants are locked, in order of id, and `waiting` is asked again.
-- A job that is not there was deleted: it had ended, nobody knows how. Returns the dependants with what is left.
WITH named AS (
  SELECT job_id, depends_on, condition FROM job_dependencies WHERE state = 'waiting' AND depends_on = ANY ($1::uuid[])
  UNION
  SELECT job_id, depends_on, condition FROM job_dependencies WHERE state = 'waiting' AND job_id = ANY ($2::uuid[])
), due AS (
  SELECT n.job_id, n.depends_on,
         n.condition = 'terminal' OR coalesce(j.status = 'completed' OR n.condition = 'partial' AND j.status = 'partial', false) AS met
  FROM named n LEFT JOIN jobs j ON j.id = n.depends_on
  WHERE j.id IS NULL OR j.finished_at IS NOT NULL
), locked AS (
  SELECT id, finished_at IS NOT NULL AS ended FROM jobs WHERE id IN (SELECT job_id FROM due) ORDER BY id FOR NO KEY UPDATE
), marked AS (
  UPDATE job_dependencies d SET state = CASE WHEN due.met THEN 'met' ELSE 'failed' END
  FROM due JOIN locked ON locked.id = due.job_id
  WHERE d.job_id = due.job_id AND d.depends_on = due.depends_on AND d.state = 'waiting' AND (due.met OR locked.ended)
  RETURNING d.job_id, due.met
), counted AS (
  SELECT job_id, count(*)::int AS met FROM marked WHERE met GROUP BY job_id
)
UPDATE jobs SET unmet = jobs.unmet - counted.met
FROM counted
WHERE jobs.id = counted.job_id
RETURNING jobs.id, jobs.unmet, jobs.finished_at IS NOT NULL AS ended
