-- What submissions to the projects named $2 of account $1 need to know.
SELECT p.id, p.name, p.active_revision, r.manifest,
       coalesce(a.max_open_jobs, a.max_queued_tasks, a.max_storage_bytes) IS NOT NULL AS is_under_quota
FROM projects p JOIN accounts a ON a.id = p.account_id LEFT JOIN revisions r ON r.project_id = p.id AND r.hash = p.active_revision
WHERE p.account_id = $1 AND p.name = ANY ($2)
