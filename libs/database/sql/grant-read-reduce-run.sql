-- The run in which the reduce of job $1 was planned, when $2 is one of its reduce tasks. The caller has seen that the asking worker holds the task.
SELECT (run_context #>> '{reduce,run}')::int AS run FROM jobs
WHERE id = $1 AND $2 >= map_total AND run_context #> '{reduce,run}' IS NOT NULL
