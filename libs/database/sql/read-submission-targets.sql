-- What submissions to the projects named $2 of account $1 need to know.
SELECT p.id, p.name, p.active_revision, r.manifest
FROM projects p LEFT JOIN revisions r ON r.project_id = p.id AND r.hash = p.active_revision
WHERE p.account_id = $1 AND p.name = ANY ($2)
