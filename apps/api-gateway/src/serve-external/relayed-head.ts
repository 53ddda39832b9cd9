import type { IncomingMessage } from 'node:http';
import { Refusal } from '../problems/refusal.js';
import { unavailable } from './open-external.js';

export interface RelayedHead {
  readonly status: 200 | 206;
  readonly headers: Readonly<Record<string, string>>;
}

type SourceHead = Pick<IncomingMessage, 'statusCode' | 'headers'>;

/** What a reader is told of the bytes that follow. @throws Refusal when what follows is not what was asked for */
export function relayedHead({ statusCode: status = 0, headers }: SourceHead, isPartAskedFor: boolean): RelayedHead {
  const part = isPartAskedFor ? (headers['content-range'] ?? '') : '';
  if (status === 200) return { status, headers: present(headers, 'accept-ranges', 'content-length') };
  if (status === 206 && /^bytes \d+-\d+\/(\d+|\*)$/.test(part))
    return { status, headers: { 'accept-ranges': 'bytes', ...present(headers, 'content-range', 'content-length') } };
  const [, size] = /^bytes \*\/(\d+)$/.exec(part) ?? [];
  if (status === 416 && size !== undefined)
    throw new Refusal('range_not_satisfiable', `There are ${size} bytes.`, { headers: { 'content-range': part } });
  const isRedirect = status >= 300 && status < 400;
  throw unavailable(`The source answered ${status}${isRedirect ? ', and redirects are not followed' : ''}.`);
}

function present(headers: SourceHead['headers'], ...names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => (headers[name] === undefined ? [] : [[name, String(headers[name])]])),
  );
}
