-- Applies decided transitions of rows locked in this transaction, found by their ctid: parallel arrays, null where a column does not
-- apply. Whatever is no longer current is left alone.
UPDATE tasks t
SET state        = r.state,
    failures     = t.failures + r.failures,
    losses       = t.losses + r.losses,
    worker_id    = CASE WHEN r.state = 'running' THEN t.worker_id END,
    exit_code    = r.exit_code,
    available_at = CASE WHEN r.state = 'retrying' THEN to_timestamp(r.available_ms / 1000) END,
    started_at   = coalesce(to_timestamp(r.started_ms / 1000), t.started_at),
    finished_at  = CASE WHEN r.state IN ('completed', 'failed', 'cancelled') THEN coalesce(to_timestamp(r.finished_ms / 1000), now()) END,
    outcome      = r.outcome,
    result       = r.result
FROM unnest($1::uuid[], $2::int[], $3::smallint[], $4::task_state[], $5::smallint[], $6::smallint[], $7::int[], $8::float8[], $9::float8[],
            $10::float8[], $11::json[], $12::json[], $13::text[])
  AS r (job_id, index, attempt, state, failures, losses, exit_code, available_ms, started_ms, finished_ms, outcome, result, address)
WHERE t.ctid = r.address::tid AND t.job_id = r.job_id AND t.index = r.index AND t.attempt = r.attempt AND t.state IN ('leased', 'running')
