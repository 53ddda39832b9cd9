/** RFC 9457 body of every error answer. */
export interface Problem {
  /** URI that the docs serve: `/docs/problems/<code>`. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** Path of the request. */
  readonly instance: string;
  readonly code: ProblemCode;
  /** One per fault of the request, with a JSON Pointer into the body (or `?name` for a query parameter). */
  readonly errors?: readonly FieldFault[];
  /** What to do now, in one sentence. */
  readonly recommended_action: string;
  readonly request_id: string;
}

export interface FieldFault {
  readonly pointer: string;
  readonly detail: string;
}

interface ProblemKind {
  readonly status: number;
  readonly title: string;
  readonly recommended_action: string;
}

/** Every problem the public API can answer. The literal is stable; clients branch on it. */
export const problemKinds = {
  malformed_request: {
    status: 400,
    title: 'The request is malformed',
    recommended_action: 'Correct the request line and headers and send it again.',
  },
  malformed_json: {
    status: 400,
    title: 'The body is not valid JSON',
    recommended_action: 'Send one JSON object encoded as UTF-8; the detail says where parsing stopped.',
  },
  unauthorized: {
    status: 401,
    title: 'Authentication is required',
    recommended_action: 'Send "Authorization: Bearer flk_…" with an API key that has not been revoked.',
  },
  forbidden: {
    status: 403,
    title: 'The role of this key does not allow this',
    recommended_action: 'Use a key with a higher role, or ask an administrator for one.',
  },
  not_found: {
    status: 404,
    title: 'No such object in this account',
    recommended_action: 'Check the id or name; objects of other accounts are never visible.',
  },
  route_not_found: {
    status: 404,
    title: 'No such route',
    recommended_action: 'See /openapi.json or /llms.txt for the routes of this API.',
  },
  method_not_allowed: {
    status: 405,
    title: 'This path does not take this method',
    recommended_action: 'Use one of the methods in the Allow header.',
  },
  request_timeout: {
    status: 408,
    title: 'The rest of the request did not come',
    recommended_action: 'Send the whole request without pauses.',
  },
  headers_too_large: {
    status: 431,
    title: 'The headers or the URL are too large',
    recommended_action: 'Send a shorter URL and fewer or shorter headers.',
  },
  project_exists: {
    status: 409,
    title: 'A project of this name exists',
    recommended_action: 'Push to the existing project, or choose another name.',
  },
  account_exists: {
    status: 409,
    title: 'An account of this name exists',
    recommended_action: 'Choose another name.',
  },
  project_in_use: {
    status: 409,
    title: 'The project has jobs that are not terminal',
    recommended_action: 'Wait for the jobs to end or cancel them, then delete the project.',
  },
  job_not_terminal: {
    status: 409,
    title: 'The job has not ended',
    recommended_action:
      'Wait until the job has ended, or cancel it with PUT /api/v1/jobs/{id}/cancel, then send the request again.',
  },
  job_has_dependants: {
    status: 409,
    title: 'Open jobs depend on the job',
    recommended_action: 'Wait until the jobs named in the detail have ended, or cancel them, then delete this one.',
  },
  storage_full: {
    status: 409,
    title: 'The account stores as much as it may',
    recommended_action:
      'Delete jobs, artifacts or projects that are no longer needed, or ask the operator for a larger quota; then send a new request.',
  },
  upload_incomplete: {
    status: 409,
    title: 'Not all of the file has arrived',
    recommended_action: 'Send what the detail names to its URL, then complete the upload again.',
  },
  external_mismatch: {
    status: 409,
    title: 'What lies at the URL of the artifact is not what was announced',
    recommended_action: 'Delete the artifact and make a new one with the sha256 of the file that is there now.',
  },
  nothing_to_redeliver: {
    status: 409,
    title: 'The job has no webhook',
    recommended_action: 'Wait for the end of a job with a callback_url, then send the request again.',
  },
  nothing_to_retry: {
    status: 409,
    title: 'No task of the job failed',
    recommended_action: 'Submit a new job to run completed or cancelled tasks again.',
  },
  idempotency_in_progress: {
    status: 409,
    title: 'The first request with this Idempotency-Key is still running',
    recommended_action: 'Send the same request with the same key again after the seconds in Retry-After.',
  },
  kv_full: {
    status: 409,
    title: 'The project has as many keys as it may',
    recommended_action: 'Delete keys of the project that are no longer needed, then send the request again.',
  },
  precondition_failed: {
    status: 412,
    title: 'The value is not at the version that the request expects',
    recommended_action: 'Read the value again, and send the change that now is right with its new ETag.',
  },
  kv_value_too_large: {
    status: 413,
    title: 'The value is too large',
    recommended_action: 'Upload it as an artifact with POST /api/v1/artifacts, and put its id here.',
  },
  payload_too_large: {
    status: 413,
    title: 'The body is too large',
    recommended_action: 'Upload the items as an artifact and use fan_out.items_artifact, or split the submission.',
  },
  archive_too_large: {
    status: 413,
    title: 'The archive is too large',
    recommended_action: 'Leave data out of the project and upload it as artifacts.',
  },
  artifact_too_large: {
    status: 413,
    title: 'The file is too large',
    recommended_action: 'Compress the file, or upload it in several parts of at most 2 GB.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'The content type is not supported here',
    recommended_action:
      'Send application/json (for a push: application/gzip, for an upload: application/octet-stream).',
  },
  range_not_satisfiable: {
    status: 416,
    title: 'The range lies outside the content',
    recommended_action: 'Ask for a range below the size in Content-Range.',
  },
  validation_failed: {
    status: 422,
    title: 'The request is not valid',
    recommended_action: 'Correct the fields named in errors and send the request again.',
  },
  idempotency_key_reused: {
    status: 422,
    title: 'This Idempotency-Key belongs to another request',
    recommended_action:
      'Take a new key for a new request; send an old key only with exactly the request it was first sent with.',
  },
  project_not_found: {
    status: 422,
    title: 'The project does not exist in this account',
    recommended_action: 'Create it with POST /api/v1/projects and push its code, or correct the name.',
  },
  project_has_no_revision: {
    status: 422,
    title: 'The project has no code yet',
    recommended_action: 'Push a tar.gz with POST /api/v1/projects/{name}/push, then submit again.',
  },
  no_command: {
    status: 422,
    title: 'There is no command to run',
    recommended_action: 'Send runner_command, or set entrypoint.command in computalot.project.json and push again.',
  },
  dependency_not_found: {
    status: 422,
    title: 'A job in depends_on does not exist in this account',
    recommended_action: 'Correct the ids named in errors; a job can only depend on jobs that were submitted before it.',
  },
  artifact_not_found: {
    status: 422,
    title: 'The artifact does not exist in this account',
    recommended_action: 'Upload the file with POST /api/v1/artifacts, or correct the id, then submit again.',
  },
  invalid_items: {
    status: 422,
    title: 'The artifact cannot be the items of this job',
    recommended_action:
      'Correct what the detail names (the file holds JSON Lines: one JSON object a line), upload it again and submit with its new id.',
  },
  secret_not_found: {
    status: 422,
    title: 'A secret does not exist in this account',
    recommended_action: 'Set it with PUT /api/v1/account/secrets, or correct the name, then submit again.',
  },
  external_refused: {
    status: 422,
    title: 'The artifact lies at an address that is not public',
    recommended_action:
      'Use a URL on the public internet, upload the file, or ask the operator to allow such addresses.',
  },
  upload_mismatch: {
    status: 422,
    title: 'What arrived is not what was announced',
    recommended_action:
      'Compute the sha256 and the size of the file again and begin a new upload; nothing of this one was kept.',
  },
  invalid_archive: {
    status: 422,
    title: 'The body is not a readable tar.gz archive',
    recommended_action: 'Send the raw bytes of a gzip-compressed tar as the body, not a multipart form.',
  },
  unsafe_archive: {
    status: 422,
    title: 'The archive holds something that is refused',
    recommended_action: 'Pack only files, folders and links inside the project folder, within the limits.',
  },
  invalid_manifest: {
    status: 422,
    title: 'computalot.project.json is not valid',
    recommended_action:
      'Correct the manifest fields named in errors (the schema is at /schemas/project.json) and push again.',
  },
  quota_too_small: {
    status: 422,
    title: 'The job is larger than a quota of the account',
    recommended_action:
      'Submit a job with fewer tasks (more items in each, by batch_size), or ask the operator for a larger quota.',
  },
  quota_exceeded: {
    status: 429,
    title: 'A quota of the account is used up',
    recommended_action:
      'Wait until jobs have ended, or cancel some, then send the request again; GET /api/v1/account shows what is used.',
  },
  rate_limited: {
    status: 429,
    title: 'Too many requests',
    recommended_action: 'Wait as long as Retry-After says.',
  },
  internal: {
    status: 500,
    title: 'The server failed',
    recommended_action: 'Try again; when it persists, give the request_id to the operator.',
  },
  content_lost: {
    status: 500,
    title: 'The stored bytes are lost or damaged',
    recommended_action:
      'Upload the file again, which repairs every artifact with the same bytes, and tell the operator.',
  },
  external_unavailable: {
    status: 503,
    title: 'The source of an artifact that lies elsewhere does not give it',
    recommended_action: 'See that its URL can be read, then try again after the seconds in Retry-After.',
  },
  dependency_unavailable: {
    status: 503,
    title: 'A dependency of the server is out of reach',
    recommended_action: 'Try again after the seconds in Retry-After.',
  },
} as const satisfies Record<string, ProblemKind>;

export type ProblemCode = keyof typeof problemKinds;
