-- Artifact $1 of account $2, named $3: what lies at the URL $4, with the sha256 $5 as far as that was said. It is there at once, and told of with the
-- event $6. No row: an earlier run of the same request made it.
WITH created AS (
  INSERT INTO artifacts (id, account_id, filename, external_url, external_sha256, published_at) VALUES ($1, $2, $3, $4, $5, now())
  ON CONFLICT (id) DO NOTHING
  RETURNING id
), told AS (
  INSERT INTO outbox (kind, type, body) SELECT 'events', 'artifact.created.v1', json_build_array($6::json) FROM created
)
SELECT id FROM created
