-- Replaces the value under key $3 of project $2 (a name) of account $1 by $4 if it is there and, unless $5 is null, at one of these versions. One row
-- when the project exists, with version null when nothing was replaced.
WITH project AS (
  SELECT id FROM projects WHERE account_id = $1 AND name = $2
), put AS (
  UPDATE kv_entries SET value = $4::json, version = nextval('kv_versions'), updated_at = now()
  WHERE project_id = (SELECT id FROM project) AND key = $3 AND ($5::bigint[] IS NULL OR version = ANY ($5))
  RETURNING version, octet_length(value::text) AS size_bytes, updated_at, false AS created
)
SELECT $3::text AS key, put.* FROM project LEFT JOIN put ON true
