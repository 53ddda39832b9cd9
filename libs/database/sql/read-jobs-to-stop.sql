-- Jobs whose cancellation is requested and that are still open: $1 one job, or null for all.
SELECT id FROM jobs
WHERE status IN ('planning', 'queued', 'running') AND cancel_requested_at IS NOT NULL AND ($1::uuid IS NULL OR id = $1)
ORDER BY id LIMIT 100
