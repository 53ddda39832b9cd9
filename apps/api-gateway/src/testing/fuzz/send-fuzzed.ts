import type { Answer } from '../start-gateway.js';
import type { FuzzedRequest } from './fuzzed-requests.js';

/** Milliseconds after which a request counts as one that never ends. Generous: the machine may be busy with other things. */
const BOUND_MS = 60_000;

/** The answer, of event streams only the first events. @throws when there is none in time */
export async function sendFuzzed(base: string, key: string, request: FuzzedRequest): Promise<Answer> {
  const { url, method, headers, body } = request;
  const response = await fetch(`${base}${url}`, {
    method,
    headers: { authorization: `Bearer ${key}`, ...headers },
    ...(body === null ? {} : { body }),
    signal: AbortSignal.timeout(BOUND_MS),
  });
  const text = isStream(response) ? await firstChunk(response) : await response.text();
  return { status: response.status, headers: Object.fromEntries(response.headers), text, json: {} };
}

const isStream = (response: Response) => response.headers.get('content-type')?.startsWith('text/event-stream') ?? false;

/** Whole events of what came first. */
async function firstChunk(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  const chunk = await reader?.read();
  await reader?.cancel();
  const text = Buffer.from(chunk?.value ?? []).toString();
  return text.slice(0, text.lastIndexOf('\n\n') + 2);
}
