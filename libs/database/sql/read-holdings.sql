-- What workers hold, leased and running, by job. Counted before the jobs are looked up, one by one: never a join over all jobs.
SELECT held.worker_id, held.job_id, j.account_id, j.requirements, held.count
FROM (SELECT worker_id, job_id, count(*)::int AS count FROM tasks WHERE worker_id = ANY ($1::uuid[]) GROUP BY worker_id, job_id) held,
     LATERAL (SELECT account_id, requirements FROM jobs WHERE id = held.job_id LIMIT 1) j
