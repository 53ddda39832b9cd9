-- Of the jobs $2, those that account $1 has.
SELECT id, status FROM jobs WHERE account_id = $1 AND id = ANY ($2)
