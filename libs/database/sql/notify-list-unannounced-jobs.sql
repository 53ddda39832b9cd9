-- Jobs that asked for a call, finished $1 seconds ago or earlier, and have no delivery of that end: their event was lost.
SELECT j.id
FROM job_submissions s JOIN jobs j ON j.id = s.job_id
WHERE s.submission ->> 'callback_url' IS NOT NULL
  AND j.finished_at < now() - make_interval(secs => $1)
  AND NOT EXISTS (SELECT FROM webhook_deliveries d WHERE d.job_id = j.id AND d.run = j.run)
ORDER BY j.id
LIMIT 1000
