-- Results of completed tasks of job $1 from index $2 until $3 (exclusive), in order, each exactly as the program wrote it: $4 rows at most, and fewer
-- when they come to more than $5 bytes as they lie on disk (where looking costs nothing).
SELECT index, attempt, stored_bytes, result::text AS result
FROM (SELECT index, attempt, (outcome ->> 'result_stored_bytes')::bigint AS stored_bytes, result,
             sum(pg_column_size(result)) OVER (ORDER BY index) - coalesce(pg_column_size(result), 0) AS before
      FROM tasks
      WHERE job_id = $1 AND state = 'completed' AND index >= $2 AND index < $3
      ORDER BY index LIMIT $4) AS page
WHERE before IS NULL OR before <= $5
ORDER BY index
