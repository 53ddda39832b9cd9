-- Open jobs that depend on job $2 of account $1, $3 at most.
SELECT o.id
FROM job_dependencies d JOIN jobs o ON o.id = d.job_id
WHERE d.depends_on = $2 AND o.account_id = $1 AND o.finished_at IS NULL
ORDER BY o.id
LIMIT $3
