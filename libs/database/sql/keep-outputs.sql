INSERT INTO task_outputs (job_id, index, attempt, stream, size_bytes, tail, stored, stored_bytes)
SELECT job_id, index, attempt, stream, size_bytes, decode(tail, 'base64'), stored, stored_bytes
FROM unnest($1::uuid[], $2::int[], $3::smallint[], $4::text[], $5::bigint[], $6::text[], $7::boolean[], $8::bigint[])
  AS o (job_id, index, attempt, stream, size_bytes, tail, stored, stored_bytes)
ON CONFLICT DO NOTHING
