-- The manifest of a revision ($3) of a project ($2) of an account ($1), and what became of its runtime in the latest job that a worker took up,
-- of the account's last thousand.
SELECT r.manifest, latest.started, latest.error, latest.id IS NOT NULL AS tried
FROM revisions r JOIN projects p ON p.id = r.project_id
LEFT JOIN LATERAL (
  SELECT recent.id, recent.started_at IS NOT NULL AS started, recent.error
  FROM (SELECT * FROM jobs j WHERE j.account_id = $1 ORDER BY j.id DESC LIMIT 1000) recent
  WHERE recent.project_id = r.project_id AND recent.revision = r.hash
    AND (recent.started_at IS NOT NULL OR recent.finished_at IS NOT NULL OR recent.leased > 0)
    AND recent.status <> 'cancelled'
  ORDER BY recent.id DESC LIMIT 1
) latest ON true
WHERE p.account_id = $1 AND p.id = $2 AND r.hash = $3
