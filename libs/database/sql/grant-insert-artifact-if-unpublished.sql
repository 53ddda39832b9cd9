-- The artifact of an attempt by its name: the row that a repeated request finds again, with the newest announcement as long as nothing is
-- published. No row: another content is published under that name already.
INSERT INTO artifacts AS a (id, account_id, job_id, task_index, attempt, filename, size_bytes, sha256)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (job_id, task_index, attempt, filename) WHERE job_id IS NOT NULL DO UPDATE
  SET size_bytes = EXCLUDED.size_bytes, sha256 = EXCLUDED.sha256
  WHERE a.published_at IS NULL OR (a.sha256 = EXCLUDED.sha256 AND a.size_bytes = EXCLUDED.size_bytes)
RETURNING a.id
