-- $1 artifact, $2 the sha256 that was verified. No row: published already, or announced anew with other content meanwhile.
UPDATE artifacts SET published_at = now()
WHERE id = $1 AND sha256 = $2 AND published_at IS NULL
RETURNING id
