-- What users see of the results of job $2 of account $1 together, as texts.
SELECT a.result::text AS result, a.aliases::text AS aliases
FROM job_aggregates a JOIN jobs j ON j.id = a.job_id
WHERE j.account_id = $1 AND j.id = $2
