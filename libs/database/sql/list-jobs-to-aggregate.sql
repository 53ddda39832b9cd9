-- Jobs with ended tasks that are not yet part of their aggregate and whose turn it is: their last fold is long enough ago, or nothing more is
-- to come. Steps from job to job along the index, whatever waits of each.
WITH RECURSIVE waiting AS (
  (SELECT job_id FROM ended_tasks ORDER BY job_id LIMIT 1)
  UNION ALL
  SELECT (SELECT e.job_id FROM ended_tasks e WHERE e.job_id > w.job_id ORDER BY e.job_id LIMIT 1) FROM waiting w WHERE w.job_id IS NOT NULL
)
SELECT w.job_id AS id
FROM waiting w JOIN job_aggregates a ON a.job_id = w.job_id JOIN jobs j ON j.id = w.job_id
WHERE a.fold_after <= now() OR j.completed + j.failed + j.cancelled = j.task_total
ORDER BY a.fold_after
