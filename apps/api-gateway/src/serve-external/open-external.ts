import type { IncomingMessage } from 'node:http';
import { addAbortSignal } from 'node:stream';
import { checkedRequest, PrivateTargetError, type AddressRules } from '@computalot/service-host';
import { Refusal } from '../problems/refusal.js';

/** How artifacts that lie elsewhere are read. */
export interface ExternalSources {
  readonly addresses: AddressRules;
  /** Milliseconds until the source begins to answer, resolution and connection included. */
  readonly answerMs: number;
  /** Milliseconds that may pass without a byte of it. */
  readonly idleMs: number;
  /** Milliseconds for everything. */
  readonly totalMs: number;
}

const RETRY_AFTER_S = '5';

/** The source's answer, as soon as it begins; to be destroyed by the caller. @throws Refusal when none comes */
export async function openExternal(
  url: string,
  range: string | undefined,
  { addresses, answerMs, idleMs, totalMs }: ExternalSources,
): Promise<IncomingMessage> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), answerMs);
  try {
    const answer = await ask(url, range, late.signal, addresses);
    answer.setTimeout(idleMs, () => answer.destroy(new Error(`no byte came for ${idleMs / 1_000} s`)));
    addAbortSignal(AbortSignal.timeout(totalMs), answer);
    // Whoever reads it is told; nobody else need be.
    return answer.on('error', () => undefined);
  } catch (error) {
    if (error instanceof PrivateTargetError) throw new Refusal('external_refused', `${error.message}.`);
    if (late.signal.aborted) throw unavailable(`The source did not answer within ${answerMs / 1_000} s.`);
    // Its message may name an address.
    throw unavailable(`The source cannot be reached: ${(error as NodeJS.ErrnoException).code ?? 'no answer'}.`);
  } finally {
    clearTimeout(timer);
  }
}

const ask = (url: string, range: string | undefined, signal: AbortSignal, addresses: AddressRules) =>
  new Promise<IncomingMessage>((resolve, reject) => {
    const headers = { 'accept-encoding': 'identity', 'user-agent': 'Computalot/1', ...(range && { range }) };
    const request = checkedRequest(url, { headers, signal }, addresses);
    request.on('response', resolve).on('error', reject);
    request.on('close', () => reject(new Error('closed'))).end();
  });

export const unavailable = (detail: string) =>
  new Refusal('external_unavailable', detail, { headers: { 'retry-after': RETRY_AFTER_S } });
