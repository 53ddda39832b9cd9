-- One delivery per end of a job and target, however often the event comes: $1 ids, $2 jobs, $3 urls, $4 bodies, $5 runs. None for a job that was
-- deleted meanwhile.
INSERT INTO webhook_deliveries (id, job_id, url, body, run)
SELECT d.id, d.job_id, d.url, d.body, d.run
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::json[], $5::smallint[]) AS d (id, job_id, url, body, run)
JOIN jobs ON jobs.id = d.job_id
ON CONFLICT (job_id, url, run) DO NOTHING
RETURNING id
