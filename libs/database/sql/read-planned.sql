-- How many tasks of job $1 are inserted.
SELECT planned FROM jobs WHERE id = $1
