UPDATE jobs SET status = r.status, finished_at = now()
FROM unnest($1::uuid[], $2::job_status[]) AS r (id, status)
WHERE jobs.id = r.id AND jobs.finished_at IS NULL
RETURNING jobs.id, jobs.status, jobs.finished_at
