-- Output streams of the attempts ($3, $4) of a job of account $1, stdout before stderr. $5: the last bytes wanted of each.
-- An attempt has at most two; the LIMIT says so and keeps this from being a join over all outputs of the job.
SELECT o.index, o.attempt, o.stream, o.size_bytes, o.stored, o.stored_bytes,
       substring(o.tail FROM greatest(1, length(o.tail) - $5::int + 1)) AS tail
FROM unnest($3::int[], $4::smallint[]) AS w (index, attempt),
     LATERAL (SELECT * FROM task_outputs
              WHERE job_id = $2 AND index = w.index AND attempt = w.attempt
              LIMIT 2) o
WHERE EXISTS (SELECT FROM jobs j WHERE j.account_id = $1 AND j.id = $2)
ORDER BY o.index, o.stream = 'stderr'
