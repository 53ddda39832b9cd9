-- Artifact $1 of account $2 is going to arrive, in parts when $3 (the store's name of it) and $4 (their size) are given. The same again for a request
-- that is sent again.
INSERT INTO uploads AS u (artifact_id, account_id, multipart_id, part_bytes) VALUES ($1, $2, $3, $4)
ON CONFLICT (artifact_id) DO UPDATE SET signed_until = u.signed_until
RETURNING multipart_id, part_bytes
