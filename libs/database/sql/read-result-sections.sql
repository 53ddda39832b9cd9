-- What job $1 says of its results: its type and the sections that go with it, without the payload.
SELECT j.type, s.submission -> 'sweep' AS sweep, s.submission -> 'benchmark' AS benchmark, s.submission -> 'reduce' AS reduce,
       s.submission -> 'min_success' AS min_success, s.item_total, s.batch_size
FROM jobs j JOIN job_submissions s ON s.job_id = j.id
WHERE j.id = $1
