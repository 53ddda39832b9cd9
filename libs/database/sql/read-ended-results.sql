-- How the tasks $2 of job $1 ended, each with its result exactly as the program wrote it.
SELECT t.index, t.state, t.attempt, t.outcome -> 'error' ->> 'message' AS error, (t.outcome ->> 'result_stored_bytes')::bigint AS stored_bytes,
       t.result::text AS result
FROM tasks t
WHERE t.job_id = $1 AND t.index = ANY ($2::int[])
