-- More tasks failed for good than the job allows: stop the rest.
UPDATE jobs SET cancel_requested_at = now(), error = $2
WHERE id = ANY ($1::uuid[]) AND cancel_requested_at IS NULL AND finished_at IS NULL
