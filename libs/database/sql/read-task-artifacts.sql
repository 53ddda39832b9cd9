-- Published artifacts of the tasks $3..$4 of a job of account $1.
SELECT task_index AS index, id FROM artifacts
WHERE account_id = $1 AND job_id = $2 AND task_index BETWEEN $3 AND $4 AND published_at IS NOT NULL
ORDER BY task_index, id
