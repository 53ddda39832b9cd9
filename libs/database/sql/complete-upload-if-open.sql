-- The client says that all of upload $2 of account $1 is there: it is to be verified. No row: it was said before, or the upload is over.
UPDATE uploads SET verify_after = now()
WHERE account_id = $1 AND artifact_id = $2 AND verify_after IS NULL AND fault IS NULL
RETURNING artifact_id
