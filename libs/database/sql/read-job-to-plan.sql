-- A job that is still to be planned and whose dependencies hold. Not locked: what follows is guarded.
SELECT j.id, j.account_id, j.type, j.run, j.tags, j.client_ref, j.revision, j.requirements, j.project_name, s.submission, s.resolved, s.item_total, r.manifest
FROM jobs j
JOIN job_submissions s ON s.job_id = j.id
LEFT JOIN revisions r ON r.project_id = j.project_id AND r.hash = j.revision
WHERE j.id = $1 AND j.status IN ('planning', 'queued') AND j.unmet = 0 AND j.run_context IS NULL
