-- Of the accounts $1, all with a quota of running tasks, those that no other scheduler is placing for: until commit nobody else adds to what they hold.
SELECT id FROM unnest($1::uuid[]) AS a (id) WHERE pg_try_advisory_xact_lock(hashtextextended('running:' || id, 0))
