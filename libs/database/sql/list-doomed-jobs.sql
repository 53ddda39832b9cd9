-- Waiting jobs that can never run, at most $3: a dependency of theirs, among those on the jobs $1 and those of the jobs $2, has ended in another way
-- than the condition asks, or is doomed itself, any number of levels deep. The nearest come first, so that of a part of them the causes are known.
-- Each job is visited once, whatever the number of ways to it.
WITH RECURSIVE doomed (id) AS (
  SELECT n.job_id
  FROM (
    SELECT job_id, depends_on, condition FROM job_dependencies WHERE state = 'waiting' AND depends_on = ANY ($1::uuid[])
    UNION
    SELECT job_id, depends_on, condition FROM job_dependencies WHERE state = 'waiting' AND job_id = ANY ($2::uuid[])
  ) n
  JOIN jobs dependant ON dependant.id = n.job_id AND dependant.finished_at IS NULL
  LEFT JOIN jobs j ON j.id = n.depends_on
  WHERE (j.id IS NULL OR j.finished_at IS NOT NULL)
    AND NOT (n.condition = 'terminal' OR coalesce(j.status = 'completed' OR n.condition = 'partial' AND j.status = 'partial', false))
  UNION
  SELECT d.job_id
  FROM doomed
  JOIN job_dependencies d ON d.depends_on = doomed.id AND d.state = 'waiting' AND d.condition <> 'terminal'
  JOIN jobs dependant ON dependant.id = d.job_id AND dependant.finished_at IS NULL
)
SELECT id FROM doomed LIMIT $3
