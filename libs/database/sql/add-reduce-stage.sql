-- Adds a stage of $2 reduce tasks to job $1, whose tasks so far have all ended; their rows are inserted like those of the map. From here on its tasks
-- run under context $3 and need $4; $5 is the number of map tasks, $6 of reduce tasks of later stages. Their time to start begins now. The caller
-- holds the job's row.
UPDATE jobs
SET task_total = task_total + $2, run_context = $3, requirements = $4, map_total = $5, tasks_ahead = $6, mean_runtime_ms = NULL,
    queue_deadline = now() + make_interval(secs => (SELECT (submission ->> 'queue_timeout_s')::float8 FROM job_submissions WHERE job_id = $1))
WHERE id = $1
