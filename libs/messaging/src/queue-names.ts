import { DEAD_LETTER_QUEUE, EVENT_EXCHANGE, type QueueDefinition } from '@computalot/contracts';

/** Names on the broker, all with the namespace's prefix. */
export class QueueNames {
  private readonly prefix: string;

  constructor(namespace = '') {
    this.prefix = namespace === '' ? '' : `${namespace}.`;
  }

  /** `receiverId` for an addressed queue. */
  queue(definition: QueueDefinition, receiverId?: string): string {
    return this.prefix + (definition.addressed ? `${definition.name}.${receiverId}` : definition.name);
  }

  /** Where a message of this queue waits `delayMs` before it comes back. */
  retry(queueName: string, delayMs: number): string {
    return `${queueName}.retry-${delayMs}`;
  }

  get deadLetters(): string {
    return this.prefix + DEAD_LETTER_QUEUE;
  }

  get eventExchange(): string {
    return this.prefix + EVENT_EXCHANGE;
  }
}
