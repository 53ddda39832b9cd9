SELECT id, run_context FROM jobs WHERE id = ANY ($1::uuid[])
