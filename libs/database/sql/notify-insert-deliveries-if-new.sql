-- One delivery per job and target, however often the event comes: $1 ids, $2 jobs, $3 urls, $4 bodies.
INSERT INTO webhook_deliveries (id, job_id, url, body)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::json[])
ON CONFLICT (job_id, url, run) DO NOTHING
RETURNING id
