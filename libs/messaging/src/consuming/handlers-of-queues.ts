import type { QueueDefinition } from '@computalot/contracts';
import type { MessageHandler } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import type { Outcome } from '../handle-message.js';
import { bodyCheckOf } from '../validation/body-check.js';
import type { MessageHandling } from './delivery.js';

/** Throws, naming every message of the queues that has no handler, or two. */
export function handlersOfQueues(
  queues: readonly QueueDefinition[],
  registered: ReadonlyMap<string, MessageHandler>,
  validate: boolean,
): ReadonlyMap<string, MessageHandling> {
  const wrong: string[] = [];
  const handlers = new Map<string, MessageHandling>();
  for (const queue of queues) {
    for (const message of queue.messages) {
      const handler = registered.get(message.type);
      if (!handler) wrong.push(`message "${message.type}" of queue ${queue.name} has no handler`);
      else if (handler.next) wrong.push(`message "${message.type}" of queue ${queue.name} has more than one handler`);
      else handlers.set(message.type, handlingOf(handler, validate ? bodyCheckOf(message) : null));
    }
  }
  if (wrong.length > 0) throw new Error(`refusing to start: ${wrong.join('; ')}`);
  return handlers;
}

function handlingOf(handler: MessageHandler, check: MessageHandling['check']): MessageHandling {
  const invoke: MessageHandling['invoke'] = async (bodies) => {
    const result: unknown = await handler(bodies);
    // Nest answers with an observable where an interceptor or an error is involved.
    const answer: unknown = isObservable(result) ? await lastValueFrom(result) : result;
    if (!isAnswer(answer)) throw new Error('it answered no outcome');
    return answer;
  };
  return { check, invoke };
}

function isAnswer(answer: unknown): answer is Outcome | readonly Outcome[] {
  return Array.isArray(answer) ? answer.every(isOutcome) : isOutcome(answer);
}

function isOutcome(answer: unknown): answer is Outcome {
  const kind = (answer as Partial<Outcome> | null | undefined)?.kind;
  return kind === 'done' || kind === 'retry' || kind === 'reject';
}
