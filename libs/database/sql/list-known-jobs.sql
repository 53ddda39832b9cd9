-- Those of the jobs $2 that account $1 has.
SELECT id FROM jobs WHERE account_id = $1 AND id = ANY ($2::uuid[])
