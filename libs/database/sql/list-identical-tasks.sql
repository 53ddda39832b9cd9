-- For each of the fingerprints $2 (hex) the newest task of account $1 that completed with it and is still there; `place` counts from 1. Of many with one
-- fingerprint the newest hundred are looked at.
-- OFFSET 0: tasks are looked up by their key and then asked for their state. Left to itself the planner goes through all that completed.
SELECT w.place::int AS place, found.*
FROM unnest($2::text[]) WITH ORDINALITY AS w (fingerprint, place),
     LATERAL (
       SELECT t.job_id, t.index, t.attempt, t.outcome,
              ARRAY(SELECT a.id::text FROM artifacts a
                    WHERE a.job_id = t.job_id AND a.task_index = t.index AND a.attempt = t.attempt AND a.published_at IS NOT NULL) AS artifacts
       FROM (SELECT job_id, index FROM task_fingerprints
             WHERE account_id = $1 AND fingerprint = decode(w.fingerprint, 'hex')
             ORDER BY job_id DESC, index LIMIT 100) candidate,
            LATERAL (SELECT job_id, index, attempt, state, outcome FROM tasks
                     WHERE job_id = candidate.job_id AND index = candidate.index OFFSET 0) t
       WHERE t.state = 'completed' AND (SELECT true FROM jobs j WHERE j.id = t.job_id)
       ORDER BY candidate.job_id DESC, candidate.index LIMIT 1
     ) found
