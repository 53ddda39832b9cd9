-- $2 becomes the secret of account $1; for $3 seconds the one before signs beside it.
UPDATE accounts SET webhook_secret = $2, previous_webhook_secret = webhook_secret,
  previous_webhook_secret_until = CASE WHEN webhook_secret IS NOT NULL AND $3::float8 > 0 THEN now() + make_interval(secs => $3::float8) END
WHERE id = $1
RETURNING webhook_secret AS secret, previous_webhook_secret_until AS previous_valid_until
