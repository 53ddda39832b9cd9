-- $1 id, $2 name, $3 incarnation, $4 offers, $5 draining. Returns what was known before, nothing for a new worker.
WITH before AS (SELECT id, incarnation, state FROM workers WHERE id = $1),
upserted AS (
  INSERT INTO workers (id, name, incarnation, offers, state) VALUES ($1, $2, $3, $4, CASE WHEN $5 THEN 'draining' ELSE 'ready' END::worker_state)
  ON CONFLICT (id) DO UPDATE
  SET name = excluded.name, incarnation = excluded.incarnation, offers = excluded.offers, state = excluded.state, last_seen_at = now(),
      joined_at = CASE WHEN workers.incarnation = excluded.incarnation THEN workers.joined_at ELSE now() END
)
SELECT incarnation, state FROM before
