import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { checkedLookup, PrivateTargetError } from './checked-lookup.js';
import { isPrivateAddress } from './private-addresses.js';

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
 * One POST, redirects not followed, the answer's body not read. A connection of its own, so that every attempt resolves and checks anew.
 *
 * @throws PrivateTargetError, or whatever kept the answer from coming.
 */
export async function postWebhook(
  target: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  { allowPrivate, timeoutMs }: PostOptions,
): Promise<WebhookAnswer> {
  const url = new URL(target);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new Error(`not an http or https URL: ${url.protocol}`);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  // A literal address is connected to without any lookup.
  if (!allowPrivate && isIP(host) && isPrivateAddress(host)) throw new PrivateTargetError(host);
  const signal = AbortSignal.timeout(timeoutMs);
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const options = {
      method: 'POST',
      headers,
      signal,
      agent: false,
      ...(allowPrivate ? {} : { lookup: checkedLookup() }),
    } as const;
    send(url, options, resolve).on('error', reject).end(body);
  }).catch((error: unknown) => {
    throw signal.aborted ? new Error(`no answer within ${timeoutMs / 1000} s`) : error;
  });
  answer.on('error', () => undefined).destroy();
  return { status: answer.statusCode ?? 0, retryAfter: answer.headers['retry-after'] };
}
