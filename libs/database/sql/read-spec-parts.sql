-- Tasks per part of the spec of job $2 of account $1; null when its spec is whole or not there yet.
SELECT (run_context -> 'spec_parts' ->> 'tasks')::int AS tasks FROM jobs WHERE account_id = $1 AND id = $2
