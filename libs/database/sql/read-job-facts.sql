-- What never changes after a job is accepted and every batch wants to know.
SELECT id, account_id, project_id, type, tags, client_ref, retry FROM jobs WHERE id = ANY ($1::uuid[])
