import { Type, type Static, type TSchema } from '@sinclair/typebox';
import { durable, type EventDefinition } from './messages/define-message.js';

/**
 * Public events of the topic exchange `computalot.events`: CloudEvents 1.0 binary mode, routing key = type, at least once, ordered per job.
 * They carry public ids and never placement facts (worker events are for operators and are the exception).
 */
const event = <S extends TSchema>(type: string, summary: string, data: S): EventDefinition<Static<S>> => ({
  ...durable(type, data),
  isEvent: true,
  summary,
});

const account_id = Type.String({ description: 'The account, `acc_…`.' });
const job_id = Type.String({ description: 'The job, `job_…`.' });
const time = (description: string) => Type.String({ format: 'date-time', description });

const jobFacts = {
  job_id,
  account_id,
  type: Type.String({ description: '`structured_runner`, `sweep`, `map_reduce` or `benchmark`.' }),
  status: Type.String({ description: 'Of the job, when this happened.' }),
  tags: Type.Array(Type.String(), { description: 'As submitted.' }),
  client_ref: Type.Optional(Type.Unknown({ description: 'As submitted; absent when it was not.' })),
};

export const jobSubmittedEvent = event(
  'job.submitted.v1',
  'A job was accepted. It is durable from here on.',
  Type.Object(jobFacts),
);
export const jobPlannedEvent = event(
  'job.planned.v1',
  'All tasks of the job exist. The first may have run by now.',
  Type.Object({ ...jobFacts, task_total: Type.Integer({ description: 'How many tasks the job has.' }) }),
);
export const jobStartedEvent = event('job.started.v1', 'The first task of the job runs.', Type.Object(jobFacts));
export const jobFinishedEvent = event(
  'job.finished.v1',
  'The job has ended, with the status it keeps unless it is retried. Its results are readable.',
  Type.Object({
    ...jobFacts,
    task_counts: Type.Record(Type.String(), Type.Integer(), {
      description: 'Tasks by status; empty for a job that ended without any.',
    }),
    run: Type.Optional(
      Type.Integer({ minimum: 1, description: 'Which end of the job this is: 1, and one more for each retry.' }),
    ),
    finished_at: time('When it ended.'),
  }),
);
export const taskFinishedEvent = event(
  'task.finished.v1',
  'A task has ended for good: no attempt of it follows in this run of the job.',
  Type.Object({
    job_id,
    account_id,
    task_id: Type.String({ description: '`<job_id>.<index>`.' }),
    index: Type.Integer({ description: 'From 0.' }),
    attempt: Type.Integer({ description: 'Number of its last attempt.' }),
    status: Type.String({ description: '`completed`, `failed` or `cancelled`.' }),
    exit_code: Type.Union([Type.Integer(), Type.Null()], {
      description: 'Of the last attempt; null when its program did not exit by itself.',
    }),
  }),
);
export const artifactCreatedEvent = event(
  'artifact.created.v1',
  'An artifact is there for everybody of its account: its bytes are stored and were checked, or it lies at a URL elsewhere.',
  Type.Object({
    artifact_id: Type.String({ description: 'The artifact, `art_…`.' }),
    account_id,
    job_id: Type.Union([Type.String(), Type.Null()], { description: 'The job that made it; null for an upload.' }),
    filename: Type.String(),
    size_bytes: Type.Union([Type.Integer(), Type.Null()], { description: 'Null: it lies at a URL elsewhere.' }),
    sha256: Type.Union([Type.String(), Type.Null()], {
      description: 'Of the bytes, in hexadecimal; null of one that lies elsewhere and whose bytes may change.',
    }),
  }),
);
export const revisionPublishedEvent = event(
  'project.revision_published.v1',
  'Code was pushed to a project and is what its next jobs run.',
  Type.Object({
    project: Type.String({ description: 'Name of the project.' }),
    account_id,
    revision: Type.String({ description: 'SHA-256 of the archive, in hexadecimal.' }),
    size_bytes: Type.Integer({ description: 'Of the archive.' }),
  }),
);
const worker = {
  worker_id: Type.String({ description: 'The worker, `wrk_…`.' }),
  name: Type.String({ description: 'As the worker calls itself.' }),
};
export const workerJoinedEvent = event('worker.joined.v1', 'A worker offers its resources.', Type.Object(worker));
export const workerLostEvent = event(
  'worker.lost.v1',
  'A worker was silent for too long. Its tasks are given to others.',
  Type.Object({ ...worker, tasks_requeued: Type.Integer({ description: 'How many tasks wait again.' }) }),
);

export const events = [
  jobSubmittedEvent,
  jobPlannedEvent,
  jobStartedEvent,
  jobFinishedEvent,
  taskFinishedEvent,
  artifactCreatedEvent,
  revisionPublishedEvent,
  workerJoinedEvent,
  workerLostEvent,
] as const;

/** One event on its way out: `subject` orders (a job id, a project name, …). */
export interface OutgoingEvent<T = unknown> {
  readonly type: string;
  readonly id: string;
  readonly subject: string;
  /** RFC 3339 UTC. */
  readonly time: string;
  readonly data: T;
}
