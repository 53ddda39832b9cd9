import { queues, type QueueDefinition, type ServiceName } from '@computalot/contracts';

/** One queue this process consumes: `receiverId` is set for an addressed one. */
export interface OwnedQueue {
  readonly definition: QueueDefinition;
  readonly receiverId?: string;
}

/** Throws when an addressed queue is owned and nobody said whose it is. */
export function ownedQueues(services: readonly ServiceName[], receiverId?: string): readonly OwnedQueue[] {
  return (queues as readonly QueueDefinition[])
    .filter((definition) => services.includes(definition.owner))
    .map((definition) => {
      if (!definition.addressed) return { definition };
      if (!receiverId) throw new Error(`queue ${definition.name} is addressed: the transport needs a receiverId`);
      return { definition, receiverId };
    });
}
