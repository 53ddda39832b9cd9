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

/** Queues bound to the event exchange; they exist from the first event on, so that none is lost while their owner is away. */
export const eventQueues: readonly QueueDefinition[] = table.filter((queue) => queue.events !== undefined);
