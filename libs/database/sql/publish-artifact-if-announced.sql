-- Makes artifact $1, whose bytes were verified to have the sha256 $2, visible and tells of it with the event $3. No row: published already, gone, or
-- announced anew with other content meanwhile.
WITH published AS (
  UPDATE artifacts SET published_at = now()
  WHERE id = $1 AND sha256 = $2 AND published_at IS NULL
  RETURNING id
), told AS (
  INSERT INTO outbox (kind, type, body) SELECT 'events', 'artifact.created.v1', json_build_array($3::json) FROM published
)
SELECT id FROM published
