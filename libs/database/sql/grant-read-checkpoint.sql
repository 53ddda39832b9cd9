-- The attempt that saved the task's latest checkpoint: $1 job, $2 index. The caller has seen that the asking worker holds the task.
SELECT checkpoint_attempt AS attempt FROM tasks
WHERE job_id = $1 AND index = $2 AND checkpoint_attempt IS NOT NULL
