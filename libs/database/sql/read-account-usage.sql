-- What account $1 has of what quotas bound. A job that is not planned yet counts with the tasks that it will have; a task that a worker holds is
-- running. Of storage every content counts once, however many artifacts or projects have it; uploads count from before their bytes are stored.
SELECT count(*)::int AS open_jobs,
       coalesce(sum(CASE WHEN j.task_total > 0 THEN j.task_total - j.leased - j.running - j.completed - j.failed - j.cancelled
                         ELSE (SELECT ceil(s.item_total::numeric / coalesce(s.batch_size, 1)) FROM job_submissions s WHERE s.job_id = j.id)
                    END), 0)::bigint AS queued_tasks,
       coalesce(sum(j.leased + j.running), 0)::bigint AS running_tasks,
       (SELECT coalesce(sum(c.size_bytes), 0)
        FROM (SELECT DISTINCT ON (sha256) size_bytes FROM artifacts WHERE account_id = $1 AND (published_at IS NOT NULL OR job_id IS NULL) ORDER BY sha256) c)::bigint
     + (SELECT coalesce(sum(c.size_bytes), 0)
        FROM (SELECT DISTINCT ON (r.hash) r.size_bytes FROM revisions r JOIN projects p ON p.id = r.project_id
              WHERE p.account_id = $1 ORDER BY r.hash) c)::bigint AS storage_bytes
FROM jobs j
WHERE j.account_id = $1 AND j.status IN ('planning', 'queued', 'running')
