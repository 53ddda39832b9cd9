-- The first task of job $1 from index $2 on that failed for good or was stopped.
SELECT t.index, t.state
FROM unnest('{failed,cancelled}'::task_state[]) AS s (state),
     LATERAL (SELECT index, state FROM tasks WHERE job_id = $1 AND state = s.state AND index >= $2 ORDER BY index LIMIT 1) t
ORDER BY t.index LIMIT 1
