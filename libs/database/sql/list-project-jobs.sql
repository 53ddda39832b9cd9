-- Of project $2 of account $1, which may have run other accounts' jobs too: the first $4 open jobs by age, and the first $5 that ended at $3 (milliseconds
-- since the epoch) or later. One row while the project exists.
SELECT floor(extract(epoch FROM now()) * 1000)::float8 AS now,
       ARRAY(SELECT j.id FROM jobs j
             WHERE j.project_id = p.id AND j.account_id = p.account_id AND j.status IN ('planning', 'queued', 'running')
             ORDER BY j.id LIMIT $4) AS open,
       ARRAY(SELECT jsonb_build_object('id', j.id, 'ended_at', floor(extract(epoch FROM j.finished_at) * 1000)) FROM jobs j
             WHERE j.project_id = p.id AND j.account_id = p.account_id AND j.finished_at >= to_timestamp($3::float8 / 1000)
             ORDER BY j.finished_at LIMIT $5) AS ended
FROM projects p WHERE p.account_id = $1 AND p.id = $2
