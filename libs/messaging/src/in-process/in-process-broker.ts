import { EventEmitter } from 'node:events';
import type { QueueDefinition } from '@computalot/contracts';
import type { DeadLetter } from '../publisher.js';
import type { InProcessDelivery } from './in-process-delivery.js';
import { InProcessQueue } from './in-process-queue.js';
import { BEST_EFFORT_MAX_LENGTH, DEAD_LETTERS_MAX_LENGTH } from '../queue-bounds.js';

/** Runs `work` after `ms`; the function it returns takes it back. */
export type Schedule = (work: () => void, ms: number) => () => void;

const scheduleWithTimer: Schedule = (work, ms) => {
  const timer = setTimeout(work, ms);
  return () => clearTimeout(timer);
};

const brokers = new Map<string, { readonly broker: InProcessBroker; users: number }>();

/**
 * The broker of one process: queues by name, delayed redelivery, dead letters. Lives as long as somebody uses it; what it holds is lost with
 * the process, which the reconciliation loops repair from Postgres.
 */
export class InProcessBroker {
  readonly deadLetters: DeadLetter[] = [];
  /** Emits `dead-letter`. */
  readonly signals = new EventEmitter();
  private readonly queues = new Map<string, InProcessQueue>();
  private readonly pendingRetries = new Set<() => void>();

  constructor(private readonly schedule: Schedule = scheduleWithTimer) {}

  /** The broker of this name, created on first use. Every `acquire` needs its `release`. */
  static acquire(name: string): InProcessBroker {
    let entry = brokers.get(name);
    if (!entry) brokers.set(name, (entry = { broker: new InProcessBroker(), users: 0 }));
    entry.users += 1;
    return entry.broker;
  }

  static release(name: string): void {
    const entry = brokers.get(name);
    if (!entry || --entry.users > 0) return;
    brokers.delete(name);
    for (const cancel of entry.broker.pendingRetries) cancel();
  }

  /** Undefined for a queue that nobody has declared. */
  find(name: string): InProcessQueue | undefined {
    return this.queues.get(name);
  }

  declare(name: string, definition: QueueDefinition, onDrop: () => void): InProcessQueue {
    let queue = this.queues.get(name);
    if (!queue) {
      const maxLength = definition.delivery === 'durable' ? Infinity : BEST_EFFORT_MAX_LENGTH;
      this.queues.set(name, (queue = new InProcessQueue(maxLength, onDrop)));
    }
    return queue;
  }

  /** An addressed queue goes with its receiver: nobody else may take what it held. */
  remove(name: string): void {
    this.queues.delete(name);
  }

  pushLater(name: string, delivery: InProcessDelivery, delayMs: number): void {
    const cancel = this.schedule(() => {
      this.pendingRetries.delete(cancel);
      this.queues.get(name)?.push(delivery);
    }, delayMs);
    this.pendingRetries.add(cancel);
  }

  addDeadLetter(letter: DeadLetter): void {
    this.deadLetters.push(letter);
    if (this.deadLetters.length > DEAD_LETTERS_MAX_LENGTH) this.deadLetters.shift();
    this.signals.emit('dead-letter');
  }
}
