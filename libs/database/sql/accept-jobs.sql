-- Takes jobs of account $1: the rows, what was sent and what must be told, in one statement and so in one transaction. Parallel arrays with one
-- element a job: $2 ids, $3 what the rows hold, $4 submissions (the text of a JSON array: one parameter of up to 10 MiB, and nobody has to
-- escape it; an array of texts cost 4 s), $5 arrays of events. $6 is the account of the recipes, whose projects everybody may run.
-- Left out are jobs whose project is gone, and jobs whose id exists: an earlier run of the same request got that far.
WITH sent AS MATERIALIZED (
  SELECT value AS submission, place FROM json_array_elements($4::json) WITH ORDINALITY AS s (value, place)
), wanted AS MATERIALIZED (
  SELECT w.id, w.place, w.events, f.*
  FROM unnest($2::uuid[], $3::jsonb[], $5::json[]) WITH ORDINALITY AS w (id, facts, events, place),
       jsonb_to_record(w.facts) AS f (project_id uuid, project_name text, revision text, type text, name text, client_ref text, tags text[],
         priority smallint, max_parallel int, max_failures int, requirements jsonb, retry jsonb, queue_timeout_s float8, item_total int, batch_size int,
         dependencies jsonb)
), present AS (
  SELECT id FROM projects WHERE account_id IN ($1, $6::uuid) AND id IN (SELECT project_id FROM wanted) FOR KEY SHARE
), job AS (
  INSERT INTO jobs (account_id, id, project_id, project_name, revision, type, name, client_ref, tags, priority, max_parallel, max_failures,
                    requirements, retry, queue_deadline, unmet, status)
  SELECT $1, id, project_id, project_name, revision, type, name, client_ref, tags, priority, max_parallel, max_failures,
         requirements, retry, now() + make_interval(secs => queue_timeout_s),
         jsonb_array_length(dependencies), CASE WHEN jsonb_array_length(dependencies) > 0 THEN 'queued' ELSE 'planning' END::job_status
  FROM wanted WHERE project_id IN (SELECT id FROM present)
  ORDER BY id
  ON CONFLICT (id) DO NOTHING
  RETURNING id, created_at
), kept AS (
  INSERT INTO job_submissions (job_id, submission, meta, variant, item_total, batch_size)
  SELECT id, submission, submission -> 'meta', submission -> 'variant', item_total, batch_size
  FROM wanted JOIN job USING (id) JOIN sent USING (place)
), waiting AS (
  INSERT INTO job_dependencies (job_id, depends_on, condition)
  SELECT job.id, d.job_id, d.condition
  FROM wanted JOIN job USING (id), jsonb_to_recordset(wanted.dependencies) AS d (job_id uuid, condition text)
), told AS (
  INSERT INTO outbox (kind, type, body)
  SELECT 'message', 'job.submitted', json_build_object('job_id', id) FROM job
  UNION ALL
  SELECT 'events', 'job.submitted.v1', events FROM wanted JOIN job USING (id)
)
SELECT wanted.id, job.created_at, wanted.project_id NOT IN (SELECT id FROM present) AS is_project_gone
FROM wanted LEFT JOIN job USING (id)
