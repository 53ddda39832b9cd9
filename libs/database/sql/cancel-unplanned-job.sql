-- A job that has no tasks yet, because its planning has not begun or its dependencies do not hold, is cancelled as a whole.
UPDATE jobs SET status = 'cancelled', finished_at = now()
WHERE id = $1 AND status IN ('planning', 'queued') AND run_context IS NULL AND cancel_requested_at IS NOT NULL
RETURNING id
