-- Forgets what was folded of job $1: every task that has completed or failed is to be folded anew. Users see the old aggregate until then.
WITH reset AS (
  UPDATE job_aggregates SET version = version + 1, progress = 'null', folded = 0, fold_after = now() WHERE job_id = $1 RETURNING job_id
), gone AS (
  DELETE FROM ended_tasks USING reset WHERE ended_tasks.job_id = reset.job_id
)
INSERT INTO ended_tasks (job_id, indices)
SELECT job_id, array_agg(index)
FROM (SELECT reset.job_id, t.index, (row_number() OVER (ORDER BY t.index) - 1) / 1000 AS part
      FROM reset JOIN tasks t ON t.job_id = reset.job_id AND t.state IN ('completed', 'failed')) AS numbered
GROUP BY job_id, part
