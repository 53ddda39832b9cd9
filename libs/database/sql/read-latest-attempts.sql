-- The latest attempt that did not complete, for each of the tasks $3 of a job of account $1.
SELECT DISTINCT ON (a.index) a.index, a.attempt, a.reason, a.exit_code, a.outcome, a.started_at, a.finished_at
FROM attempts a
WHERE a.job_id = $2 AND a.index = ANY ($3) AND EXISTS (SELECT FROM jobs j WHERE j.account_id = $1 AND j.id = $2)
ORDER BY a.index, a.attempt DESC
