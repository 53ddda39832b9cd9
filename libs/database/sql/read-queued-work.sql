-- Tasks that wait for a worker by what they require, most first, at most $1 classes. Counters of open jobs: it costs the same however many tasks there are.
SELECT requirements, count(*)::int AS jobs, sum(queued)::bigint AS queued, sum(leased + running)::bigint AS running,
       extract(epoch FROM now() - min(created_at))::float8 AS oldest_age_s
FROM jobs WHERE status IN ('planning', 'queued', 'running') AND queued > 0
GROUP BY requirements ORDER BY sum(queued) DESC, requirements LIMIT $1
