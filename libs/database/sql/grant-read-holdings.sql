-- What each asking worker holds at this moment: $1 workers, $2 jobs, $3 indices, $4 attempts, in the order of the requests. Index and attempt are
-- null for what belongs to the whole job: then any task of it will do. What is missing from the answer is not held.
SELECT r.position::int AS position, j.account_id, j.revision, COALESCE(p.account_id, j.account_id) AS revision_account_id
FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::smallint[]) WITH ORDINALITY AS r (worker_id, job_id, index, attempt, position)
JOIN jobs j ON j.id = r.job_id
LEFT JOIN projects p ON p.id = j.project_id
WHERE EXISTS (
  SELECT FROM tasks t
  WHERE t.job_id = r.job_id AND t.worker_id = r.worker_id
    AND (r.index IS NULL OR (t.index = r.index AND t.attempt = r.attempt))
)
