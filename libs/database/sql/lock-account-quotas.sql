-- Quotas of account $1. Until the transaction ends nobody else is admitted under them: what is in use must be read by a statement that begins
-- after this one, for one that waits here in its middle goes on with what it saw before.
SELECT max_open_jobs AS open_jobs, max_queued_tasks AS queued_tasks, max_running_tasks AS running_tasks, max_storage_bytes AS storage_bytes
FROM accounts WHERE id = $1 FOR NO KEY UPDATE
