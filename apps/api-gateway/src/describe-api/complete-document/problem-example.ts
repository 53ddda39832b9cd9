import { problemKinds, type Problem, type ProblemCode } from '@computalot/contracts';

/** What a code says in an example; the title says enough of those that are not here. */
const DETAILS: Readonly<Partial<Record<ProblemCode, string>>> = {
  malformed_json: 'The body is not valid JSON: Unexpected end of JSON input.',
  unauthorized: 'The Authorization header is missing.',
  forbidden: 'A key with the role viewer may only read.',
  not_found: 'Job job_01k66jwz0sfmhvr1a2b3c4d5e6 was not found.',
  validation_failed: '/timeot_s: unknown field; did you mean timeout_s?',
  idempotency_in_progress: 'The first request with this Idempotency-Key is still running.',
  idempotency_key_reused: 'This Idempotency-Key was sent before with another request.',
  range_not_satisfiable: 'There are 5 bytes.',
  payload_too_large: 'The body is larger than 10 MiB.',
  quota_too_small: '/fan_out: makes 5000 tasks that wait; this account may have 1000',
  quota_exceeded: 'This account may have 1000 tasks that wait and has 980; this job would add 100.',
  storage_full: 'This account may have 500000000000 bytes in storage and has 500000012345.',
  upload_incomplete: '2 of 80 parts are missing: 17, 80.',
  external_mismatch: 'The bytes at the URL do not have the announced sha256.',
  external_unavailable: 'The source answered 404.',
  external_refused: 'files.local is a private, loopback or link-local address, or resolves to one.',
  upload_mismatch: 'the uploaded bytes do not have the announced sha256.',
  rate_limited: 'This account may send 10000 requests in 10 s. There are more in 8 s.',
  dependency_unavailable:
    'The server cannot reach its database, broker or object store right now. Nothing was changed.',
};

/** Codes whose body names the faults one by one. */
const ERRORS: Readonly<Partial<Record<ProblemCode, Problem['errors']>>> = {
  validation_failed: [{ pointer: '/timeot_s', detail: 'unknown field; did you mean timeout_s?' }],
  project_not_found: [{ pointer: '/project', detail: 'does not exist' }],
  project_has_no_revision: [{ pointer: '/project', detail: 'has no revision' }],
  secret_not_found: [{ pointer: '/secrets/0', detail: 'does not exist' }],
  artifact_not_found: [{ pointer: '/fan_out/items_artifact', detail: 'is no artifact of this account' }],
  invalid_items: [
    { pointer: '/fan_out/items_artifact', detail: 'line 17 is no JSON object; each line is the payload of one task' },
  ],
  dependency_not_found: [{ pointer: '/depends_on/0', detail: 'is no job of this account' }],
  no_command: [{ pointer: '/runner_command', detail: 'is needed for this project' }],
  quota_too_small: [{ pointer: '/fan_out', detail: 'makes 5000 tasks that wait; this account may have 1000' }],
  invalid_manifest: [{ pointer: '/version', detail: 'line 2, column 3: must be 1' }],
};

export function problemExample(code: ProblemCode): Problem {
  const { status, title, recommended_action } = problemKinds[code];
  const errors = ERRORS[code];
  return {
    type: `/docs/problems/${code}`,
    title,
    status,
    detail: DETAILS[code] ?? `${title}.`,
    instance: '/api/v1/jobs/job_01k66jwz0sfmhvr1a2b3c4d5e6',
    code,
    ...(errors ? { errors } : {}),
    recommended_action,
    request_id: 'req_01998f2e-7c1a-7d3e-9c55-0d2f6b7a8e90',
  };
}
