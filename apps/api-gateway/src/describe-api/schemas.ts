import { jobStatuses, taskStates } from '@computalot/jobs';
import { aggregateAliases, aggregateResult, aggregateSchemas } from './aggregate-schemas.js';
import { resourceSchemas } from './resource-schemas.js';
import {
  any,
  boolean,
  integer,
  listOf,
  number,
  object,
  orNull,
  ref,
  text,
  texts,
  time,
  type Schema,
} from './schema-parts.js';

/** JSON Schemas of the public bodies, by the names that routes refer to. They mirror the types of `libs/contracts/src/http`. */
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
          archived: { type: 'boolean', description: 'Kept for good: nothing is added any more.' },
          cut: orNull({
            ...object({ offset: integer, bytes: integer }),
            description:
              'Bytes of the stream that are not kept. In text/plain a marker stands for those in the middle.',
          }),
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

const jobSnapshot = object({ job: ref('JobSummary'), tasks: listOf(ref('LiveTask')), gap: boolean });

const eventSchemas: Record<string, Schema> = {
  LiveTask: liveTask,
  SnapshotEvent: anEvent(
    'snapshot',
    'Comes first, and again after a gap: the job and up to 100 of its running tasks. `gap`: events before it were lost.',
    jobSnapshot,
  ),
  ProjectSnapshotEvent: anEvent(
    'snapshot',
    'Of the project: comes first, and again after a gap, with the oldest of its open jobs; `has_more`: more are open. Or of one of its jobs: the first event of each, and again after a gap in it.',
    {
      oneOf: [
        object({ project: ref('Project'), jobs: listOf(ref('JobSummary')), has_more: boolean, gap: boolean }),
        jobSnapshot,
      ],
    },
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

export const schemas: Record<string, Schema> = {
  ...jobSchemas,
  ...taskSchemas,
  ...aggregateSchemas,
  ...eventSchemas,
  ...resourceSchemas,
};
