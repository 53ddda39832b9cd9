-- Deletes artifact $2 of account $1, as far as the account sees it. Its bytes go later, when no other artifact has them. A content that is just being
-- looked at for that is waited for: it might be found in use by this very artifact.
WITH gone AS (
  DELETE FROM artifacts
  WHERE account_id = $1 AND id = $2 AND published_at IS NOT NULL
    AND (job_id IS NULL OR EXISTS (SELECT FROM jobs WHERE jobs.id = artifacts.job_id))
  RETURNING account_id, sha256
), orphaned AS (
  INSERT INTO orphaned_contents AS o (account_id, sha256) SELECT account_id, sha256 FROM gone WHERE sha256 IS NOT NULL
  ON CONFLICT (account_id, sha256) DO UPDATE SET removing_since = o.removing_since
)
SELECT true AS deleted FROM gone
