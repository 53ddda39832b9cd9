-- Upload $1 was verified; $2 says what is wrong with it, or is null. The artifact of one that is refused is gone.
WITH gone AS (
  DELETE FROM artifacts WHERE id = $1 AND published_at IS NULL AND $2::text IS NOT NULL
)
UPDATE uploads SET verify_after = NULL, fault = $2 WHERE artifact_id = $1
