-- Output streams of the attempts ($3, $4) of a job of account $1, stdout before stderr. $5: the last bytes wanted of each.
SELECT o.index, o.attempt, o.stream, o.size_bytes, o.stored, o.stored_bytes,
       substring(o.tail FROM greatest(1, length(o.tail) - $5::int + 1)) AS tail
FROM unnest($3::int[], $4::smallint[]) AS w (index, attempt)
JOIN task_outputs o ON o.job_id = $2 AND o.index = w.index AND o.attempt = w.attempt
WHERE EXISTS (SELECT FROM jobs j WHERE j.account_id = $1 AND j.id = $2)
ORDER BY o.index, o.stream = 'stderr'
