-- Adds the deltas of one transaction to the counters of its jobs, in order of id so that concurrent batches never deadlock.
-- A job leaves `queued` when its first attempt started. Returns the new counts.
WITH delta AS (
  SELECT * FROM unnest($1::uuid[], $2::int[], $3::int[], $4::int[], $5::int[], $6::int[], $7::int[], $8::int[], $9::boolean[], $10::real[])
    AS d (id, queued, leased, running, retrying, completed, failed, cancelled, started, runtime_ms)
), locked AS (
  SELECT jobs.id, jobs.status AS old_status FROM jobs JOIN delta ON delta.id = jobs.id ORDER BY jobs.id FOR NO KEY UPDATE OF jobs
)
UPDATE jobs
SET queued    = jobs.queued    + delta.queued,
    leased    = jobs.leased    + delta.leased,
    running   = jobs.running   + delta.running,
    retrying  = jobs.retrying  + delta.retrying,
    completed = jobs.completed + delta.completed,
    failed    = jobs.failed    + delta.failed,
    cancelled = jobs.cancelled + delta.cancelled,
    status     = CASE WHEN jobs.status = 'queued' AND delta.started THEN 'running' ELSE jobs.status END,
    started_at = CASE WHEN delta.started THEN coalesce(jobs.started_at, now()) ELSE jobs.started_at END,
    mean_runtime_ms = CASE WHEN delta.runtime_ms IS NULL THEN jobs.mean_runtime_ms
                           ELSE coalesce(jobs.mean_runtime_ms * 0.7 + delta.runtime_ms * 0.3, delta.runtime_ms) END
FROM delta JOIN locked ON locked.id = delta.id
WHERE jobs.id = delta.id
RETURNING jobs.id, jobs.status, locked.old_status = 'queued' AND jobs.status = 'running' AS just_started, jobs.task_total, jobs.planned,
          jobs.queued, jobs.leased, jobs.running, jobs.retrying, jobs.completed, jobs.failed, jobs.cancelled,
          jobs.cancel_requested_at IS NOT NULL AS cancel_requested, jobs.max_failures, jobs.error, jobs.closed_by_planner, jobs.aggregates,
          jobs.run
