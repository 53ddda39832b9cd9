-- Ends job $1, whose dependencies do not hold although its queue deadline has passed; $2 is the error.
UPDATE jobs SET status = 'failed', error = $2, finished_at = now()
WHERE id = $1 AND status IN ('planning', 'queued') AND run_context IS NULL AND unmet > 0 AND queue_deadline < now()
RETURNING id
