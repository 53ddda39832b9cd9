-- What became of attempt $2 of delivery $1: $3 state, $4 HTTP status or null, $5 error or null, $6 seconds until the next attempt or null. A later
-- attempt's claim fences this one off.
UPDATE webhook_deliveries
SET state = $3, last_status = $4, last_error = $5,
  next_attempt_at = CASE WHEN $6::float8 IS NULL THEN next_attempt_at ELSE now() + make_interval(secs => $6) END,
  delivered_at = CASE WHEN $3 = 'delivered' THEN now() END,
  recent_attempts = jsonb_path_query_array(recent_attempts, '$[last - 8 to last]')
    || jsonb_build_object('number', attempts, 'ended_at', to_jsonb(now()), 'status', $4::int, 'error', $5::text)
WHERE id = $1 AND attempts = $2 AND state = 'pending'
RETURNING id
