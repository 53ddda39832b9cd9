import { problemKinds } from '@computalot/contracts';
import { jobStatuses, taskStates } from '@computalot/jobs';
import { aggregateAliases, aggregateResult, aggregateSchemas } from './aggregate-schemas.js';

/** JSON Schemas of the public bodies, by the names that routes refer to. They mirror the types of `libs/contracts/src/http`. */
type Schema = Record<string, unknown>;

const text: Schema = { type: 'string' };
const integer: Schema = { type: 'integer' };
const number: Schema = { type: 'number' };
const boolean: Schema = { type: 'boolean' };
const time: Schema = { type: 'string', format: 'date-time' };
const any: Schema = {};
const texts: Schema = { type: 'array', items: text };
const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
const orNull = (schema: Schema): Schema =>
  'type' in schema ? { ...schema, type: [schema.type, 'null'] } : { oneOf: [schema, { type: 'null' }] };
const listOf = (items: Schema): Schema => ({ type: 'array', items });

/** Every property is required unless named in `optional`. */
function object(properties: Record<string, Schema>, optional: readonly string[] = []): Schema {
  return { type: 'object', required: Object.keys(properties).filter((name) => !optional.includes(name)), properties };
}

const summary: Record<string, Schema> = {
  id: text,
  job_id: text,
  type: text,
  status: { type: 'string', enum: jobStatuses },
  name: orNull(text),
  project: orNull(text),
  revision: orNull(text),
  tags: texts,
  meta: any,
  variant: any,
  client_ref: orNull(text),
  priority: integer,
  task_counts: object(Object.fromEntries(['total', ...taskStates].map((state) => [state, integer]))),
  progress: object({ fraction: number, eta_s: orNull(number) }),
  error: orNull(ref('TaskError')),
  recommended_action: orNull(text),
  cancel_requested: boolean,
  run: { type: 'integer', description: 'How often the job was opened: 1, and one more for each retry.' },
  cached_tasks: {
    type: 'integer',
    description: 'Among the completed tasks, those that took the result of an identical earlier one: see cache.',
  },
  result_persisted: boolean,
  output_persisted: boolean,
  created_at: time,
  planned_at: orNull(time),
  started_at: { ...orNull(time), description: 'Of the latest run.' },
  finished_at: { ...orNull(time), description: 'Of the latest run.' },
};

const jobSchemas: Record<string, Schema> = {
  JobSummary: object(summary),
  Job: {
    ...object(
      {
        ...summary,
        pending_reason: orNull(object({ code: text, detail: text })),
        aggregate_result: aggregateResult,
      },
      [],
    ),
    description: 'Also has every field of the submission as it was sent.',
  },
  Batch: object({ jobs: listOf({ oneOf: [ref('BatchJob'), ref('BatchProblem')] }) }),
  BatchJob: object({
    index: { ...integer, description: 'Of the entry in what was sent.' },
    id: text,
    job_id: text,
    status: { type: 'string', enum: jobStatuses },
    payload: orNull({ type: 'object', additionalProperties: true }),
    meta: any,
    variant: any,
    client_ref: orNull(text),
  }),
  BatchProblem: object({
    index: { ...integer, description: 'Of the entry in what was sent.' },
    problem: ref('Problem'),
  }),
  TaskError: object({ code: text, message: text }),
};

const taskFacts: Record<string, Schema> = {
  id: text,
  task_id: text,
  index: integer,
  status: { type: 'string', enum: taskStates },
  attempt: {
    type: 'integer',
    description: 'The current one, from 1; 0 before the first. 1 where the result was reused.',
  },
  cached_from: {
    ...orNull(text),
    description: 'The task whose program made the result; null unless it was reused and no program ran for this one.',
  },
  error: orNull(ref('TaskError')),
  exit_code: orNull(integer),
  artifacts: texts,
  started_at: orNull(time),
  finished_at: orNull(time),
};

const taskSchemas: Record<string, Schema> = {
  Task: object({
    ...taskFacts,
    job_id: text,
    payload: any,
    live_feedback: orNull(object({ output_tail: text, updated_at: time })),
    latest_progress: any,
    checkpoint: orNull(object({ saved_at: time, size_bytes: integer })),
    output: { type: 'string', description: 'The end of what the task wrote, at most 10 KB.' },
    last_failed_attempt: orNull(
      object(
        {
          attempt: integer,
          reason: text,
          exit_code: orNull(integer),
          signal: text,
          error: orNull(ref('TaskError')),
          output: text,
          started_at: orNull(time),
          finished_at: time,
        },
        ['signal'],
      ),
    ),
    leased_at: orNull(time),
    available_at: { ...orNull(time), description: 'When the next attempt may start; only while retrying.' },
  }),
  TaskResult: object(
    {
      ...taskFacts,
      result: {
        description: 'Exactly what the program wrote; null also when it is too large to be shown: see result_url.',
      },
      result_url: text,
      item_results: {
        ...listOf(object({ item: integer, result: any })),
        description: 'Of a batched task whose result has `results` of one element per item.',
      },
      result_quality: orNull({ type: 'number', minimum: 0, maximum: 1 }),
      result_warnings: texts,
      duration_s: orNull(number),
    },
    ['result_url', 'item_results'],
  ),
  Results: object({
    job_id: text,
    type: text,
    status: { type: 'string', enum: jobStatuses },
    name: orNull(text),
    summary: text,
    completeness: object({ total: integer, completed: integer, failed: integer, cancelled: integer, fraction: number }),
    aggregate_result: aggregateResult,
    aggregate_aliases: aggregateAliases,
    result_persisted: boolean,
    output_persisted: boolean,
    tags: texts,
    client_ref: orNull(text),
    meta: any,
    variant: any,
    error: orNull(ref('TaskError')),
    recommended_action: orNull(text),
    created_at: time,
    started_at: orNull(time),
    finished_at: orNull(time),
    tasks: listOf(ref('TaskResult')),
    next_cursor: orNull(text),
  }),
  Outputs: object({
    job_id: text,
    outputs: listOf(
      object(
        {
          task_id: text,
          index: integer,
          attempt: integer,
          stream: { type: 'string', enum: ['stdout', 'stderr'] },
          size_bytes: integer,
          offset: { type: 'integer', description: 'Of the first byte of text in the stream.' },
          text,
          encoding: { type: 'string', enum: ['base64'] },
        },
        ['encoding'],
      ),
    ),
    next_cursor: orNull(text),
  }),
};

const liveTask = object({
  id: text,
  task_id: text,
  index: integer,
  attempt: integer,
  status: { type: 'string', enum: taskStates },
  exit_code: orNull(integer),
  live_feedback: orNull(object({ output_tail: text, updated_at: time })),
  latest_progress: any,
});

const anEvent = (name: string, description: string, data: Schema): Schema => ({
  ...object({
    id: { type: 'string', description: 'Send the last one as Last-Event-ID to go on after it.' },
    event: { type: 'string', const: name },
    data: { type: 'string', contentMediaType: 'application/json', contentSchema: data },
  }),
  description,
});

const eventSchemas: Record<string, Schema> = {
  LiveTask: liveTask,
  SnapshotEvent: anEvent(
    'snapshot',
    'Comes first, and again after a gap: the job and up to 100 of its running tasks. `gap`: events before it were lost.',
    object({ job: ref('JobSummary'), tasks: listOf(ref('LiveTask')), gap: boolean }),
  ),
  JobEvent: anEvent('job', "The job's status or counts changed.", object({ job: ref('JobSummary') })),
  TaskEvent: anEvent('task', 'A task changed or said something.', object({ task: ref('LiveTask') })),
  OutputEvent: anEvent(
    'output',
    'New bytes of one stream of an attempt.',
    object(
      {
        task_id: text,
        index: integer,
        attempt: integer,
        stream: { type: 'string', enum: ['stdout', 'stderr'] },
        offset: { type: 'integer', description: 'In bytes, of the first byte of text in the stream.' },
        text,
        encoding: { type: 'string', enum: ['base64'], description: 'Set where the bytes are not UTF-8.' },
      },
      ['encoding'],
    ),
  ),
  EndEvent: anEvent('end', 'The job has ended; the server closes.', object({ job: ref('JobSummary') })),
};

const otherSchemas: Record<string, Schema> = {
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
  ProjectStatus: object({
    project: text,
    active_revision: orNull(text),
    can_accept_new_jobs: boolean,
    ready_for_jobs: boolean,
    detail: orNull(text),
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
    size_bytes: integer,
    sha256: text,
    job_id: orNull(text),
    task_id: orNull(text),
    created_at: time,
  }),
  Secret: object({ name: text, created_at: time, updated_at: time }),
  Account: object({ id: text, name: text, created_at: time }),
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

export const schemas: Record<string, Schema> = {
  ...jobSchemas,
  ...taskSchemas,
  ...aggregateSchemas,
  ...eventSchemas,
  ...otherSchemas,
};
