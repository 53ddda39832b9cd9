-- The history of attempts that did not complete their task.
INSERT INTO attempts (job_id, index, attempt, worker_id, reason, exit_code, outcome, started_at, finished_at)
SELECT job_id, index, attempt, worker_id, reason, exit_code, outcome, to_timestamp(started_ms / 1000), coalesce(to_timestamp(finished_ms / 1000), now())
FROM unnest($1::uuid[], $2::int[], $3::smallint[], $4::uuid[], $5::text[], $6::int[], $7::json[], $8::float8[], $9::float8[])
  AS a (job_id, index, attempt, worker_id, reason, exit_code, outcome, started_ms, finished_ms)
ON CONFLICT DO NOTHING
