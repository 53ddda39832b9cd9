-- What job $1 waits for: how many dependencies it has, how many do not hold yet, and the first $2 of those.
SELECT (SELECT count(*)::int FROM job_dependencies WHERE job_id = $1) AS total,
       (SELECT count(*)::int FROM job_dependencies WHERE job_id = $1 AND state <> 'met') AS unmet,
       (SELECT coalesce(json_agg(first), '[]')
        FROM (SELECT d.depends_on AS id, j.status FROM job_dependencies d LEFT JOIN jobs j ON j.id = d.depends_on
              WHERE d.job_id = $1 AND d.state <> 'met' ORDER BY d.depends_on LIMIT $2) first) AS first
