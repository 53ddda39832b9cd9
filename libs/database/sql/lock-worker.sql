-- Placement takes the same lock, so that nothing is placed on a worker while its leases are being released.
SELECT pg_advisory_xact_lock(hashtextextended('worker:' || $1, 0))
