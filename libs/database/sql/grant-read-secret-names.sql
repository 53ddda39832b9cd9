-- The caller has seen that the asking worker holds a task of job $1.
SELECT run_context -> 'secrets' AS names FROM jobs WHERE id = $1
