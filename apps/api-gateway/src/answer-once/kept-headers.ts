/** Headers of an answer that belong to the one request or connection: a replay has its own. */
const OF_THE_REQUEST = new Set([
  'x-request-id',
  'idempotency-replayed',
  'ratelimit',
  'ratelimit-policy',
  'date',
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
]);

/** What of an answer's headers is kept, as JSON. */
export function keptHeaders(headers: Readonly<Record<string, unknown>>): string {
  const kept = Object.entries(headers).filter(([name, value]) => value !== undefined && !OF_THE_REQUEST.has(name));
  return JSON.stringify(Object.fromEntries(kept));
}
