-- What users see of the results of job $1 together, $2, once and for all.
INSERT INTO job_aggregates (job_id, result, aliases) VALUES ($1, $2, '{}')
ON CONFLICT (job_id) DO UPDATE SET result = excluded.result, updated_at = now()
