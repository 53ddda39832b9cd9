-- Those of the jobs $1 that others wait for. What is asked of every job that ends: one look into an index, and nothing more for most.
SELECT id FROM unnest($1::uuid[]) AS ended (id)
WHERE EXISTS (SELECT FROM job_dependencies d WHERE d.depends_on = ended.id AND d.state = 'waiting')
