-- The plain heartbeat: nothing changed but the time. Returns the ids it knew under that incarnation and state.
UPDATE workers SET last_seen_at = now()
FROM unnest($1::uuid[], $2::uuid[], $3::worker_state[], $4::jsonb[]) AS h (id, incarnation, state, offers)
WHERE workers.id = h.id AND workers.incarnation = h.incarnation AND workers.state = h.state AND workers.offers = h.offers
RETURNING workers.id
