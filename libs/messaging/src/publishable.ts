import { queueOf, type MessageDefinition, type OutgoingEvent, type QueueDefinition } from '@computalot/contracts';
import { definitionOf, isEvent } from './message-catalogue.js';
import { PublishError } from './publish-error.js';
import { bodyCheckOf } from './validation/body-check.js';

/** Throws PublishError `invalid_message`. */
export function assertPublishable(definition: MessageDefinition, body: unknown): void {
  const wrong = bodyCheckOf(definition)(body);
  if (wrong !== null) throw new PublishError('invalid_message', `${definition.type}: ${wrong}`);
}

/** The queue of a message; events and unaddressed sends to an addressed queue have none. Throws PublishError `invalid_message`. */
export function queueFor(message: MessageDefinition, receiverId?: string): QueueDefinition {
  if (isEvent(message)) throw new PublishError('invalid_message', `${message.type} is an event: use publishEvents`);
  const queue = queueOf(message);
  if ((queue.addressed ?? false) !== (receiverId !== undefined)) {
    throw new PublishError('invalid_message', `${message.type} ${queue.addressed ? 'needs a' : 'takes no'} receiver`);
  }
  return queue;
}

/** The definition an event is published under. Throws PublishError `invalid_message` when its type is no public event. */
export function eventDefinitionOf(event: OutgoingEvent): MessageDefinition {
  const definition = definitionOf(event.type);
  if (!definition || !isEvent(definition)) throw new PublishError('invalid_message', `no public event ${event.type}`);
  return definition;
}
