-- Makes this transaction the only one that inserts tasks of job $1. The job's row stays free: claims and reports move its counters meanwhile.
SELECT pg_try_advisory_xact_lock(hashtextextended('plan:' || $1::text, 0)) AS is_ours
