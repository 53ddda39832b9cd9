-- What workers hold, leased and running, by job.
SELECT t.worker_id, t.job_id, j.account_id, j.requirements, count(*)::int AS count
FROM tasks t JOIN jobs j ON j.id = t.job_id
WHERE t.state IN ('leased', 'running') AND t.worker_id = ANY ($1::uuid[])
GROUP BY t.worker_id, t.job_id, j.account_id, j.requirements
