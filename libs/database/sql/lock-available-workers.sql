-- Ready workers that no other scheduler is placing on. The advisory lock lasts until commit and leaves the row free for heartbeats.
SELECT id, incarnation, offers
FROM workers
WHERE state = 'ready' AND last_seen_at > now() - make_interval(secs => $1)
  AND pg_try_advisory_xact_lock(hashtextextended('worker:' || id, 0))
