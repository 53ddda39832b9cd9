-- Puts value $4 under key $3 of project $2 (a name) of account $1; one that exists is replaced only when $5. One row when the project exists, with
-- version null when nothing was put. The project cannot go meanwhile, and its count is part of the statement: more keys than it may have are an error.
WITH project AS (
  SELECT id FROM projects WHERE account_id = $1 AND name = $2 FOR KEY SHARE
), put AS (
  INSERT INTO kv_entries AS e (project_id, key, value) SELECT id, $3::text, $4::json FROM project
  ON CONFLICT (project_id, key) DO UPDATE SET value = excluded.value, version = excluded.version, updated_at = excluded.updated_at WHERE $5::boolean
  RETURNING e.version, octet_length(e.value::text) AS size_bytes, e.updated_at, e.xmax = 0 AS created
), counted AS (
  UPDATE projects SET kv_keys = kv_keys + 1 WHERE id = (SELECT id FROM project) AND (SELECT created FROM put)
)
SELECT $3::text AS key, put.* FROM project LEFT JOIN put ON true
