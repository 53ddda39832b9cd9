import type { IncomingMessage } from 'node:http';
import { addressRules, checkedRequest } from '@computalot/service-host';

export interface WebhookAnswer {
  readonly status: number;
  /** Value of the header as sent. */
  readonly retryAfter: string | undefined;
}

export interface PostOptions {
  readonly allowPrivate: boolean;
  /** Milliseconds for everything: resolution, connection, answer. */
  readonly timeoutMs: number;
}

/**
 * One POST, the answer's body not read.
 *
 * @throws PrivateTargetError, or whatever kept the answer from coming.
 */
export async function postWebhook(
  target: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  { allowPrivate, timeoutMs }: PostOptions,
): Promise<WebhookAnswer> {
  const signal = AbortSignal.timeout(timeoutMs);
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = checkedRequest(target, { method: 'POST', headers, signal }, addressRules(allowPrivate));
    request.on('response', resolve).on('error', reject).end(body);
  }).catch((error: unknown) => {
    throw signal.aborted ? new Error(`no answer within ${timeoutMs / 1000} s`) : error;
  });
  answer.on('error', () => undefined).destroy();
  return { status: answer.statusCode ?? 0, retryAfter: answer.headers['retry-after'] };
}
