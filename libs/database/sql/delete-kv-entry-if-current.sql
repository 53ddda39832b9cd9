-- Deletes key $3 of project $2 (a name) of account $1 if, unless $4 is null, it is at one of these versions. One row when the project exists.
WITH project AS (
  SELECT id FROM projects WHERE account_id = $1 AND name = $2 FOR KEY SHARE
), gone AS (
  DELETE FROM kv_entries WHERE project_id = (SELECT id FROM project) AND key = $3 AND ($4::bigint[] IS NULL OR version = ANY ($4)) RETURNING key
), counted AS (
  UPDATE projects SET kv_keys = kv_keys - 1 WHERE id = (SELECT id FROM project) AND EXISTS (SELECT FROM gone)
)
SELECT EXISTS (SELECT FROM gone) AS deleted FROM project
