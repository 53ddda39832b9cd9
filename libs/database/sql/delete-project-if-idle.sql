-- Deletes project $2 (a name) of account $1 unless a job of it is open. One row when the project exists.
WITH target AS (
  SELECT id FROM projects WHERE account_id = $1 AND name = $2 FOR UPDATE
), busy AS (
  SELECT count(*)::int AS open FROM jobs WHERE status IN ('planning', 'queued', 'running') AND project_id = (SELECT id FROM target)
), gone AS (
  DELETE FROM projects WHERE id IN (SELECT id FROM target) AND (SELECT open FROM busy) = 0 RETURNING id
)
SELECT target.id, busy.open, EXISTS (SELECT FROM gone) AS deleted FROM target, busy
