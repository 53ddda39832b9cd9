-- Of the jobs $1, all with max_parallel, those that no other scheduler is placing. Theirs is the count of active tasks until commit: nobody
-- else can add to it. The claim reads it in a statement of its own, after this one.
SELECT id FROM unnest($1::uuid[]) AS j (id) WHERE pg_try_advisory_xact_lock(hashtextextended('job:' || id, 0))
