import {
  queues,
  type MessageDefinition,
  type OutgoingEvent,
  type QueueDefinition,
  type QueueName,
  type ServiceName,
} from '@computalot/contracts';
import { Logger } from '@nestjs/common';
import type { HandlerOf } from '../handle-message.js';
import { handlerKeyOf } from '../message-catalogue.js';
import type { DeadLetter } from '../publisher.js';
import type { Transport, TransportOptions } from '../transport.js';

// The suites provoke failures; what is logged about them says nothing about the outcome.
Logger.overrideLogger(false);

/** What a broker must offer to the conformance suite. Every transport it makes uses one namespace of its own. */
export interface ConformanceBroker {
  createTransport(options: Omit<TransportOptions, 'url' | 'namespace'>): Transport;
  /** Takes the oldest dead letter, waiting until there is one. */
  takeDeadLetter(): Promise<DeadLetter>;
  /** Removes what the suite left and closes the harness. */
  remove(): Promise<void>;
}

/** A handler for the suite, under the word that Nest would register it with. */
export interface TestHandler {
  readonly key: string;
  readonly handle: (bodies: readonly never[]) => Promise<unknown>;
}

export function on<M extends MessageDefinition>(definition: M, handle: HandlerOf<M>, queue?: QueueName): TestHandler {
  return { key: handlerKeyOf(definition, queue), handle: handle as TestHandler['handle'] };
}

/** Starts the strategy the way Nest does; messages of owned queues without a handler here get one that answers done. */
export async function listen(
  transport: Transport,
  service: ServiceName | readonly ServiceName[],
  ...handlers: TestHandler[]
): Promise<void> {
  const given = new Set(handlers.map(({ key }) => key));
  const idle = (queues as readonly QueueDefinition[])
    .filter((queue) => [service].flat().includes(queue.owner))
    .flatMap((queue) => queue.messages.map((message) => handlerKeyOf(message, queue.name)))
    .filter((key) => !given.has(key))
    .map((key): TestHandler => ({ key, handle: async () => ({ kind: 'done' }) }));
  await listenWithExactly(transport, ...handlers, ...idle);
}

export async function listenWithExactly(transport: Transport, ...handlers: TestHandler[]): Promise<void> {
  for (const { key, handle } of handlers)
    transport.strategy.addHandler(key, (bodies) => handle(bodies as never[]), true);
  await new Promise<void>((resolve, reject) => {
    transport.strategy.listen((error?: unknown) => (error ? reject(error as Error) : resolve()));
  });
}

/** Collects what handlers saw and lets a test wait for a condition on it. */
export class Seen<T> {
  readonly items: T[] = [];
  private waiters: { enough: (items: readonly T[]) => boolean; resolve: () => void }[] = [];

  add(...items: readonly T[]): void {
    this.items.push(...items);
    this.waiters = this.waiters.filter(({ enough, resolve }) => {
      if (!enough(this.items)) return true;
      resolve();
      return false;
    });
  }

  until(enough: (items: readonly T[]) => boolean): Promise<void> {
    if (enough(this.items)) return Promise.resolve();
    return new Promise((resolve) => this.waiters.push({ enough, resolve }));
  }

  atLeast(count: number): Promise<void> {
    return this.until((items) => items.length >= count);
  }
}

export function latch(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

export function finishedEvent(jobId: string): OutgoingEvent {
  const data = {
    job_id: jobId,
    account_id: 'acc',
    type: 'structured_runner',
    status: 'completed',
    tags: ['a'],
    task_counts: { completed: 1 },
    finished_at: '2026-01-01T00:00:00.000Z',
  };
  return { type: 'job.finished.v1', id: `evt-${jobId}`, subject: jobId, time: '2026-01-01T00:00:00Z', data };
}
