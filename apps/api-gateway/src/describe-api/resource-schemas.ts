import { AUDIT_ACTIONS, DELIVERY_STATES, initStates, problemKinds } from '@computalot/contracts';
import { boolean, integer, listOf, object, orNull, ref, text, time, type Schema } from './schema-parts.js';

const quota = (description: string): Schema => ({
  ...object({ limit: { ...orNull(integer), description: 'null: no bound.' }, used: integer }),
  description,
});

const role: Schema = { type: 'string', enum: ['admin', 'member', 'viewer'] };

/** Bodies of everything beside jobs and what they produce. */
export const resourceSchemas: Record<string, Schema> = {
  Project: object({ id: text, name: text, active_revision: orNull(text), created_at: time }),
  Revision: object({
    id: text,
    revision: text,
    project: text,
    size_bytes: integer,
    entry_count: integer,
    active: boolean,
    created_at: time,
  }),
  KvEntry: {
    ...object({ key: text, version: integer, size_bytes: integer, updated_at: time }),
    description: 'A key of a project. `version` is the ETag of its value without the quotes.',
  },
  ProjectStatus: object({
    project: text,
    active_revision: orNull(text),
    can_accept_new_jobs: boolean,
    ready_for_jobs: boolean,
    detail: orNull(text),
    init: object({ state: { type: 'string', enum: initStates }, error: orNull(ref('TaskError')) }),
  }),
  Recipe: {
    ...object({
      name: text,
      version: text,
      description: text,
      payload_schema: {
        type: 'object',
        additionalProperties: true,
        description: 'JSON Schema 2020-12 of the payload.',
      },
      examples: listOf({ type: 'object', additionalProperties: true }),
      requirements: { type: 'object', additionalProperties: true },
      limits: object({ timeout_s: { type: 'number' }, tasks: integer }, ['timeout_s', 'tasks']),
    }),
    description: 'A program that the installation provides.',
  },
  RecipeDiscovery: object({
    recipes: listOf(object({ name: text, version: text })),
    faults: listOf(object({ folder: text, detail: text })),
  }),
  Artifact: object({
    id: text,
    filename: text,
    size_bytes: { ...orNull(integer), description: 'null: it lies at `url`.' },
    sha256: {
      ...orNull(text),
      description: 'Of the bytes; of an artifact that lies at `url` as it was announced, null when it was not.',
    },
    url: { ...orNull(text), description: 'Where the artifact lies, when that is elsewhere.' },
    job_id: orNull(text),
    task_id: orNull(text),
    created_at: time,
  }),
  DirectUpload: object({
    id: { ...text, description: 'Of the artifact that it will be.' },
    status: { type: 'string', enum: ['open', 'published'] },
    upload_url: { ...orNull(text), description: 'Takes one PUT of the file; null when nothing is to be sent.' },
    headers: { type: 'object', additionalProperties: text, description: 'To be sent with the file.' },
    expires_at: orNull(time),
  }),
  Upload: {
    ...object({
      id: { ...text, description: 'Of the artifact that it will be.' },
      status: { type: 'string', enum: ['open', 'verifying', 'published', 'refused'] },
      part_bytes: { ...orNull(integer), description: 'Size of every part but the last.' },
      part_count: orNull(integer),
      parts: listOf(object({ part_number: integer, size_bytes: integer })),
      detail: { ...orNull(text), description: 'Why it was refused.' },
    }),
    description: 'A file on its way into the object store, with the parts that arrived while it is open.',
  },
  SignedParts: object({
    parts: listOf(object({ part_number: integer, upload_url: text })),
    expires_at: time,
  }),
  Secret: object({ name: text, created_at: time, updated_at: time }),
  Account: object({ id: text, name: text, created_at: time }),
  Profile: object({
    name: text,
    requirements: ref('RequirementsDto'),
    updated_at: { ...orNull(time), description: 'null: it always exists, and nobody has defined it anew.' },
  }),
  AccountWithQuotas: object({
    id: text,
    name: text,
    created_at: time,
    quotas: object({
      open_jobs: quota('Jobs that have not ended.'),
      queued_tasks: quota('Tasks that wait for a worker.'),
      running_tasks: quota('Tasks that workers hold.'),
      storage_bytes: quota('Artifacts and pushed code, every content once.'),
    }),
  }),
  Queues: object({
    queues: listOf(object({ name: text, depth: integer, oldest_age_s: orNull({ type: 'number' }) })),
    work: listOf(
      object({
        requirements: ref('RequirementsDto'),
        jobs: integer,
        queued: integer,
        running: integer,
        oldest_age_s: { type: 'number' },
      }),
    ),
  }),
  Quotas: object({
    open_jobs: orNull(integer),
    queued_tasks: orNull(integer),
    running_tasks: orNull(integer),
    storage_bytes: orNull(integer),
  }),
  Key: object({
    id: text,
    name: text,
    role,
    created_at: time,
    last_used_at: { ...orNull(time), description: 'True to a minute; null: never.' },
    revoked_at: orNull(time),
  }),
  AuditEntry: object({
    id: text,
    created_at: time,
    action: { type: 'string', enum: [...AUDIT_ACTIONS] },
    actor: {
      ...orNull(object({ key_id: text, account_id: text, role })),
      description: 'The key that did it; null: the installation itself.',
    },
    account_id: { ...orNull(text), description: 'Whose it was; null: the installation’s.' },
    target: { type: 'string', description: 'Id or name of what was changed.' },
    request_id: orNull(text),
    client_address: orNull(text),
    details: orNull({ type: 'object', additionalProperties: true }),
  }),
  Delivery: object({
    id: { type: 'string', description: 'What the receiver sees as `webhook-id`.' },
    url: text,
    type: { type: 'string', description: '`job.` and how the job ended.' },
    run: { type: 'integer', description: 'Which end of the job it tells of.' },
    state: { type: 'string', enum: [...DELIVERY_STATES] },
    attempts: integer,
    last_status: { ...orNull(integer), description: 'null: no answer came.' },
    last_error: orNull(text),
    recent_attempts: {
      ...listOf(object({ number: integer, ended_at: time, status: orNull(integer), error: orNull(text) })),
      description: 'The last ten, oldest first.',
    },
    created_at: time,
    next_attempt_at: { ...orNull(time), description: 'null: it has ended.' },
    delivered_at: orNull(time),
  }),
  Deliveries: object({ deliveries: listOf(ref('Delivery')) }),
  WebhookSecret: object({
    secret: text,
    previous_valid_until: {
      ...orNull(time),
      description: 'Until then the secret before it signs too; null: none does.',
    },
  }),
  CreatedKey: object({ id: text, key: { type: 'string', description: 'Shown this once.' } }),
  Worker: object({
    id: text,
    name: text,
    state: { type: 'string', enum: ['ready', 'draining', 'lost', 'left'] },
    offers: { type: 'object', additionalProperties: true },
    tasks_held: integer,
    joined_at: time,
    last_seen_at: time,
  }),
  Problem: {
    ...object(
      {
        type: { type: 'string', format: 'uri-reference' },
        title: text,
        status: integer,
        detail: text,
        instance: text,
        code: { type: 'string', enum: Object.keys(problemKinds) },
        errors: listOf(object({ pointer: text, detail: text })),
        recommended_action: text,
        request_id: text,
      },
      ['errors'],
    ),
    description: 'RFC 9457.',
  },
};
