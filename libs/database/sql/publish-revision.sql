-- Makes a stored archive the active revision of project $2 of account $1 and tells of it. Pushing the same content again only activates it.
WITH project AS (
  UPDATE projects SET active_revision = $3 WHERE account_id = $1 AND id = $2 RETURNING id
), revision AS (
  INSERT INTO revisions (project_id, hash, size_bytes, entry_count, manifest)
  SELECT id, $3::text, $4::bigint, $5::int, $6::json FROM project
  ON CONFLICT (project_id, hash) DO UPDATE SET entry_count = excluded.entry_count
  RETURNING hash, size_bytes, entry_count, created_at
), told AS (
  INSERT INTO outbox (kind, type, body) SELECT 'events', 'project.revision_published.v1', $7::json FROM project
)
SELECT hash, size_bytes, entry_count, created_at FROM revision
