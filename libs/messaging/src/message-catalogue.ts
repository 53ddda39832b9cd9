import {
  events,
  queues,
  type DurableMessage,
  type EventDefinition,
  type MessageDefinition,
  type QueueDefinition,
} from '@computalot/contracts';

const table: readonly QueueDefinition[] = queues;

const byType = new Map<string, MessageDefinition>(
  [...table.flatMap((queue) => queue.messages), ...events].map((definition) => [definition.type, definition]),
);

/** The definition of a routing word, if this version knows it. */
export function definitionOf(type: string): MessageDefinition | undefined {
  return byType.get(type);
}

export function isEvent(definition: MessageDefinition): definition is EventDefinition {
  return 'isEvent' in definition;
}

export function isDurable(definition: MessageDefinition): definition is DurableMessage {
  return definition.delivery === 'durable';
}

/**
 * The word a handler is registered under: the type of a message; of an event also the queue, because each queue bound to it brings it to a handler
 * of its own. Throws when several queues bring it and none is named.
 */
export function handlerKeyOf(definition: MessageDefinition, queueName?: string): string {
  if (!isEvent(definition)) return definition.type;
  const names = table.filter((queue) => queue.messages.includes(definition)).map(({ name }) => name);
  const name = queueName ?? (names.length === 1 ? names[0] : undefined);
  if (name === undefined || !names.includes(name)) {
    throw new Error(
      `say which queue brings ${definition.type} to this handler: ${names.join(', ') || 'none is bound to it'}`,
    );
  }
  return `${name}/${definition.type}`;
}

/** Queues bound to the event exchange; they exist from the first event on, so that none is lost while their owner is away. */
export const eventQueues: readonly QueueDefinition[] = table.filter((queue) => queue.events !== undefined);
