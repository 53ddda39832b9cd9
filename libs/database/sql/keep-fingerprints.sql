-- What makes the tasks of job $1 from index $2 on identical to others: $3 hex. Written with the task, of use from the moment it completes.
INSERT INTO task_fingerprints (job_id, index, account_id, fingerprint)
SELECT j.id, $2::int + f.place::int - 1, j.account_id, decode(f.fingerprint, 'hex')
FROM jobs j, unnest($3::text[]) WITH ORDINALITY AS f (fingerprint, place)
WHERE j.id = $1
