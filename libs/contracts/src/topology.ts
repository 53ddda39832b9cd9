import type { MessageDefinition } from './messages/define-message.js';
import { jobFinishedEvent } from './events.js';
import * as m from './messages/messages.js';

export type ServiceName = 'api-gateway' | 'planner' | 'scheduler' | 'artifact' | 'notifier' | 'worker';

/**
 * One row per queue: the whole broker topology. A message appears in exactly one row, an event in the row of every queue bound to it. A service
 * refuses to start when a message of a queue it owns has no handler, or two.
 */
export interface QueueDefinition {
  readonly name: string;
  readonly owner: ServiceName;
  readonly messages: readonly MessageDefinition[];
  /** `durable`: quorum queue, bounded retries, dead letter. `best_effort`: bounded, transient, oldest dropped first. */
  readonly delivery: 'durable' | 'best_effort';
  /** `addressed`: one queue per receiver, named `<name>.<id>`; it expires when unused for a minute. */
  readonly addressed?: boolean;
  /** Most messages handed to a handler at once; also sizes the prefetch. */
  readonly batch: number;
  /** Routing keys of the event exchange bound to this queue. */
  readonly events?: readonly string[];
}

export const queues = [
  { name: 'planner.jobs', owner: 'planner', messages: [m.jobSubmitted], delivery: 'durable', batch: 64 },
  { name: 'planner.wake', owner: 'planner', messages: [m.planningWanted], delivery: 'best_effort', batch: 64 },
  // Apart from planning: to close a job its last results are read and folded, which may take a while.
  { name: 'planner.closing', owner: 'planner', messages: [m.jobTasksEnded], delivery: 'durable', batch: 16 },
  { name: 'planner.closing-wake', owner: 'planner', messages: [m.closingWanted], delivery: 'best_effort', batch: 16 },
  {
    name: 'planner.events',
    owner: 'planner',
    messages: [jobFinishedEvent],
    delivery: 'durable',
    batch: 256,
    events: [jobFinishedEvent.type],
  },
  {
    name: 'scheduler.commands',
    owner: 'scheduler',
    messages: [m.jobCancelRequested, m.jobReopened],
    delivery: 'durable',
    batch: 64,
  },
  {
    name: 'scheduler.reports',
    owner: 'scheduler',
    messages: [m.taskReports, m.workerSnapshot],
    delivery: 'durable',
    batch: 64,
  },
  { name: 'scheduler.wake', owner: 'scheduler', messages: [m.workAvailable], delivery: 'best_effort', batch: 256 },
  {
    name: 'scheduler.heartbeats',
    owner: 'scheduler',
    messages: [m.workerHeartbeat],
    delivery: 'best_effort',
    batch: 256,
  },
  { name: 'artifact.commands', owner: 'artifact', messages: [m.jobDeleted], delivery: 'durable', batch: 64 },
  { name: 'artifact.grants', owner: 'artifact', messages: [m.grantRequested], delivery: 'best_effort', batch: 64 },
  { name: 'artifact.uploads', owner: 'artifact', messages: [m.uploadRequested], delivery: 'best_effort', batch: 64 },
  {
    name: 'api-gateway',
    owner: 'api-gateway',
    messages: [m.uploadAnswered],
    delivery: 'best_effort',
    addressed: true,
    batch: 64,
  },
  {
    name: 'notifier.events',
    owner: 'notifier',
    messages: [jobFinishedEvent],
    delivery: 'durable',
    batch: 64,
    events: [jobFinishedEvent.type],
  },
  {
    name: 'worker',
    owner: 'worker',
    messages: [m.workerAssign, m.workerCancel, m.grantAnswered],
    delivery: 'best_effort',
    addressed: true,
    batch: 64,
  },
] as const satisfies readonly QueueDefinition[];

export type QueueName = (typeof queues)[number]['name'];

/** Topic exchange of public events; the routing key is the event type. */
export const EVENT_EXCHANGE = 'computalot.events';
export const DEAD_LETTER_QUEUE = 'computalot.dead-letters';
/** Delays of the retry tiers in milliseconds; a delivery that failed after the last tier is dead-lettered. */
export const RETRY_TIERS_MS = [1_000, 5_000, 30_000] as const;

export function queueOf(message: MessageDefinition): QueueDefinition {
  const found = (queues as readonly QueueDefinition[]).find((queue) => queue.messages.includes(message));
  if (!found) throw new Error(`message ${message.type} has no queue in the topology table`);
  return found;
}
