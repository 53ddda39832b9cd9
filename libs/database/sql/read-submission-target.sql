-- What a submission to project $2 of account $1 needs to know.
SELECT p.id, p.name, p.active_revision, r.manifest
FROM projects p LEFT JOIN revisions r ON r.project_id = p.id AND r.hash = p.active_revision
WHERE p.account_id = $1 AND p.name = $2
