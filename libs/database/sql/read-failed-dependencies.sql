-- Why each of the doomed jobs $1 cannot run: one dependency of each that ended in another way than asked (`ended` says how, `chain` why that one
-- could not run either), or else one that is doomed too (`ended` is null).
SELECT DISTINCT ON (d.job_id) d.job_id, d.depends_on,
       CASE WHEN j.id IS NULL THEN 'deleted' WHEN j.finished_at IS NOT NULL THEN j.status::text END AS ended, j.error -> 'chain' AS chain
FROM job_dependencies d LEFT JOIN jobs j ON j.id = d.depends_on
WHERE d.job_id = ANY ($1::uuid[]) AND d.state = 'waiting' AND d.condition <> 'terminal'
  AND CASE WHEN j.id IS NULL THEN true
           WHEN j.finished_at IS NULL THEN j.id = ANY ($1::uuid[])
           ELSE NOT (j.status = 'completed' OR d.condition = 'partial' AND j.status = 'partial') END
ORDER BY d.job_id, (j.id IS NOT NULL AND j.finished_at IS NULL), d.depends_on
