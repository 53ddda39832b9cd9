-- The account's secret; $2 becomes it when there is none. Two that come at once both get the first one's.
UPDATE accounts SET webhook_secret = coalesce(webhook_secret, $2) WHERE id = $1 RETURNING webhook_secret
