-- Of the completed tasks of job $1 from index $2 until $3 (exclusive), counted from 0: the indices of those numbered $4, in order.
SELECT index
FROM (SELECT index, row_number() OVER (ORDER BY index) - 1 AS n FROM tasks
      WHERE job_id = $1 AND state = 'completed' AND index >= $2 AND index < $3) AS numbered
WHERE n = ANY ($4::int[])
ORDER BY index
