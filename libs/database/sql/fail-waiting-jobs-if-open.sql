-- Ends the jobs $1, each with its error of $2, that still wait for dependencies. Locked in order of id.
WITH doomed AS (
  SELECT * FROM unnest($1::uuid[], $2::jsonb[]) AS d (id, error)
), locked AS (
  SELECT jobs.id, doomed.error FROM jobs JOIN doomed ON doomed.id = jobs.id ORDER BY jobs.id FOR NO KEY UPDATE OF jobs
)
UPDATE jobs SET status = 'failed', error = locked.error, finished_at = now()
FROM locked
WHERE jobs.id = locked.id AND jobs.status IN ('planning', 'queued') AND jobs.run_context IS NULL AND jobs.unmet > 0
RETURNING jobs.id, jobs.account_id, jobs.type, jobs.tags, jobs.client_ref, jobs.finished_at, jobs.run
