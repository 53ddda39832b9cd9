-- Tasks that completed or failed in this transaction, of jobs that aggregate: $1 jobs, $2 indices. One row per job, 1,000 indices at most.
INSERT INTO ended_tasks (job_id, indices)
SELECT job_id, array_agg(index)
FROM (SELECT job_id, index, (row_number() OVER (PARTITION BY job_id ORDER BY index) - 1) / 1000 AS part
      FROM unnest($1::uuid[], $2::int[]) AS e (job_id, index)) AS numbered
GROUP BY job_id, part
