import { DependencyAway } from '@computalot/kernel';
import type { Outcome } from '../handle-message.js';
import type { Delivery, MessageHandling } from './delivery.js';

type Opened = { readonly body: unknown } | { readonly reject: Outcome };

/** One outcome per delivery of a batch of one type, in order. What cannot be read never reaches the handler. @throws only DependencyAway */
export async function runBatch(
  batch: readonly Delivery[],
  handling: MessageHandling | undefined,
): Promise<readonly Outcome[]> {
  if (!handling) return batch.map(({ type }) => reject(`nobody handles messages of type "${type}"`));
  const opened = batch.map((delivery) => open(delivery, handling));
  const bodies = opened.flatMap((one) => ('body' in one ? [one.body] : []));
  const answered = (bodies.length === 0 ? [] : await askHandler(bodies, handling)).values();
  return opened.map((one) => ('body' in one ? (answered.next().value as Outcome) : one.reject));
}

function open(delivery: Delivery, { check }: MessageHandling): Opened {
  let body: unknown;
  try {
    body = delivery.body();
  } catch (error) {
    return { reject: reject(`unreadable: ${messageOf(error)}`) };
  }
  const wrong = check && !delivery.checked ? check(body) : null;
  return wrong === null ? { body } : { reject: reject(`invalid: ${wrong}`) };
}

async function askHandler(bodies: readonly unknown[], handling: MessageHandling): Promise<readonly Outcome[]> {
  try {
    const answer = await handling.invoke(bodies);
    if (!Array.isArray(answer)) return bodies.map(() => answer as Outcome);
    if (answer.length === bodies.length) return answer as readonly Outcome[];
    return retryAll(bodies, `the handler answered ${answer.length} outcomes for ${bodies.length} messages`);
  } catch (error) {
    if (error instanceof DependencyAway) throw error;
    return retryAll(bodies, `the handler threw: ${messageOf(error)}`);
  }
}

function retryAll(bodies: readonly unknown[], reason: string): readonly Outcome[] {
  return bodies.map(() => ({ kind: 'retry', reason }));
}

function reject(reason: string): Outcome {
  return { kind: 'reject', reason };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
