-- The aggregate of job $1 so far, when something is left to be folded into it.
SELECT version, progress::text AS progress FROM job_aggregates WHERE job_id = $1 AND EXISTS (SELECT FROM ended_tasks WHERE job_id = $1)
