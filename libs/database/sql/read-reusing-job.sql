-- What the tasks of open job $1 have in common of what their results depend on: only of a job with `cache` that lacks tasks of its submission. `command`
-- is null before its planning has begun. A secret
-- goes by what is stored of it, which changes whenever the secret is set.
SELECT j.id, j.account_id, j.revision, j.run_context -> 'command' AS command, j.run_context -> 'env' AS env, s.submission, s.resolved, s.item_total,
       (j.run_context -> 'spec_parts' ->> 'tasks')::int AS part_tasks,
       coalesce((SELECT json_object_agg(n.name, coalesce(encode(sha256(k.sealed), 'hex'), ''))
                 FROM json_array_elements_text(j.run_context -> 'secrets') AS n (name)
                 LEFT JOIN secrets k ON k.account_id = j.account_id AND k.name = n.name), '{}') AS secrets
FROM jobs j JOIN job_submissions s ON s.job_id = j.id
WHERE j.id = $1 AND j.status IN ('planning', 'queued', 'running') AND (s.submission ->> 'cache')::boolean
  AND (j.run_context IS NULL OR j.planned < coalesce(j.map_total, j.task_total))
