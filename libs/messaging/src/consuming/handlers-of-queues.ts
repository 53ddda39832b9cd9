import type { QueueDefinition } from '@computalot/contracts';
import { Logger } from '@nestjs/common';
import type { MessageHandler } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import type { Outcome } from '../handle-message.js';
import { handlerKeyOf } from '../message-catalogue.js';
import { bodyCheckOf } from '../validation/body-check.js';
import type { HandlersOfQueues, MessageHandling } from './delivery.js';

const logger = new Logger('MessageHandlers');

/** Throws, naming every message of the queues that has no handler, or two. */
export function handlersOfQueues(
  queues: readonly QueueDefinition[],
  registered: ReadonlyMap<string, MessageHandler>,
  validate: boolean,
): HandlersOfQueues {
  const wrong: string[] = [];
  const handlers = new Map<string, ReadonlyMap<string, MessageHandling>>();
  for (const queue of queues) {
    const ofQueue = new Map<string, MessageHandling>();
    handlers.set(queue.name, ofQueue);
    for (const message of queue.messages) {
      const handler = registered.get(handlerKeyOf(message, queue.name));
      if (!handler) wrong.push(`message "${message.type}" of queue ${queue.name} has no handler`);
      else if (handler.next) wrong.push(`message "${message.type}" of queue ${queue.name} has more than one handler`);
      else ofQueue.set(message.type, handlingOf(message.type, handler, validate ? bodyCheckOf(message) : null));
    }
  }
  if (wrong.length > 0) throw new Error(`refusing to start: ${wrong.join('; ')}`);
  return handlers;
}

function handlingOf(type: string, handler: MessageHandler, check: MessageHandling['check']): MessageHandling {
  const invoke: MessageHandling['invoke'] = async (bodies) => {
    try {
      return await ask(handler, bodies);
    } catch (error) {
      // The only place where the stack is still known; what becomes of the messages is decided elsewhere.
      const cause = error instanceof Error ? error.stack : String(error);
      logger.error(`handler of ${type} failed for ${bodies.length} messages: ${cause}`);
      throw error;
    }
  };
  return { check, invoke };
}

async function ask(handler: MessageHandler, bodies: readonly unknown[]): Promise<Outcome | readonly Outcome[]> {
  const result: unknown = await handler(bodies);
  // Nest answers with an observable where an interceptor or an error is involved.
  const answer: unknown = isObservable(result) ? await lastValueFrom(result) : result;
  if (!isAnswer(answer)) throw new Error('it answered no outcome');
  return answer;
}

function isAnswer(answer: unknown): answer is Outcome | readonly Outcome[] {
  return Array.isArray(answer) ? answer.every(isOutcome) : isOutcome(answer);
}

function isOutcome(answer: unknown): answer is Outcome {
  const kind = (answer as Partial<Outcome> | null | undefined)?.kind;
  return kind === 'done' || kind === 'retry' || kind === 'reject';
}
