-- The account's secret; $2 becomes it when there is none. Two that come at once both get the first one's. The one before it only while it is signed
-- with too.
UPDATE accounts SET webhook_secret = coalesce(webhook_secret, $2) WHERE id = $1
RETURNING webhook_secret AS secret,
  CASE WHEN previous_webhook_secret_until > now() THEN previous_webhook_secret_until END AS previous_valid_until
