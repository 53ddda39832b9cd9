-- Backstop of the event job.finished.v1: the next dependencies that somebody waits for, in order after $1, and whether they ended $2 seconds ago or
-- earlier. Looks at $3 waiting rows, so that a look costs the same however many wait.
SELECT d.id, j.id IS NULL OR coalesce(j.finished_at <= now() - make_interval(secs => $2), false) AS ended
FROM (
  SELECT DISTINCT depends_on AS id
  FROM (
    SELECT depends_on FROM job_dependencies
    WHERE state = 'waiting' AND ($1::uuid IS NULL OR depends_on > $1)
    ORDER BY depends_on
    LIMIT $3
  ) page
) d LEFT JOIN jobs j ON j.id = d.id
ORDER BY d.id
