-- The run context of ended job $2 of account $1 when a retry must reduce anew: map tasks of it are run again, or reduce tasks were stopped, which no
-- retry runs. Its row is locked.
SELECT run_context FROM jobs j
WHERE account_id = $1 AND id = $2 AND finished_at IS NOT NULL AND failed > 0 AND map_total IS NOT NULL
  AND (EXISTS (SELECT FROM tasks t WHERE t.job_id = j.id AND t.state = 'failed' AND t.index < j.map_total)
       OR EXISTS (SELECT FROM tasks t WHERE t.job_id = j.id AND t.state = 'cancelled' AND t.index >= j.map_total))
FOR NO KEY UPDATE
