import { Type, type Static, type TSchema } from '@sinclair/typebox';
import { durable, type EventDefinition } from './messages/define-message.js';

/**
 * Public events of the topic exchange `computalot.events`: CloudEvents 1.0 binary mode, routing key = type, at least once, ordered per job.
 * They carry public ids and never placement facts (worker events are for operators and are the exception).
 */
const event = <S extends TSchema>(type: string, data: S): EventDefinition<Static<S>> => ({
  ...durable(type, data),
  isEvent: true,
});

const jobFacts = {
  job_id: Type.String(),
  account_id: Type.String(),
  type: Type.String(),
  status: Type.String(),
  tags: Type.Array(Type.String()),
  client_ref: Type.Optional(Type.Unknown()),
};

export const jobSubmittedEvent = event('job.submitted.v1', Type.Object(jobFacts));
export const jobPlannedEvent = event('job.planned.v1', Type.Object({ ...jobFacts, task_total: Type.Integer() }));
export const jobStartedEvent = event('job.started.v1', Type.Object(jobFacts));
export const jobFinishedEvent = event(
  'job.finished.v1',
  Type.Object({
    ...jobFacts,
    task_counts: Type.Record(Type.String(), Type.Integer()),
    /** Which end of the job this is: 1, and one more for each retry. */
    run: Type.Optional(Type.Integer({ minimum: 1 })),
    finished_at: Type.String({ format: 'date-time' }),
  }),
);
export const taskFinishedEvent = event(
  'task.finished.v1',
  Type.Object({
    job_id: Type.String(),
    account_id: Type.String(),
    task_id: Type.String(),
    index: Type.Integer(),
    attempt: Type.Integer(),
    status: Type.String(),
    exit_code: Type.Union([Type.Integer(), Type.Null()]),
  }),
);
export const artifactCreatedEvent = event(
  'artifact.created.v1',
  Type.Object({
    artifact_id: Type.String(),
    account_id: Type.String(),
    job_id: Type.Union([Type.String(), Type.Null()]),
    filename: Type.String(),
    size_bytes: Type.Integer(),
    sha256: Type.String(),
  }),
);
export const revisionPublishedEvent = event(
  'project.revision_published.v1',
  Type.Object({
    project: Type.String(),
    account_id: Type.String(),
    revision: Type.String(),
    size_bytes: Type.Integer(),
  }),
);
export const workerJoinedEvent = event(
  'worker.joined.v1',
  Type.Object({ worker_id: Type.String(), name: Type.String() }),
);
export const workerLostEvent = event(
  'worker.lost.v1',
  Type.Object({ worker_id: Type.String(), name: Type.String(), tasks_requeued: Type.Integer() }),
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
