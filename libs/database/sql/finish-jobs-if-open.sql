-- $1 jobs, $2 final states, $3 why they failed where the counts do not say it; what was recorded before stays.
UPDATE jobs SET status = r.status, finished_at = now(), error = coalesce(jobs.error, r.error)
FROM unnest($1::uuid[], $2::job_status[], $3::jsonb[]) AS r (id, status, error)
WHERE jobs.id = r.id AND jobs.finished_at IS NULL
RETURNING jobs.id, jobs.status, jobs.finished_at
