import { setTimeout as sleep } from 'node:timers/promises';
import { problemOf, ProblemError } from './problem-error.js';

export interface ClientOptions {
  /** Where the server is, e.g. `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly apiKey: string;
  /** For tests and proxies. */
  readonly fetch?: typeof fetch;
}

export interface RequestOptions {
  readonly query?: Readonly<Record<string, string | number | readonly string[] | undefined>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** A blob of a file is read as it is sent. */
  readonly raw?: { readonly bytes: Uint8Array<ArrayBuffer> | Blob; readonly type: string };
  readonly headers?: Readonly<Record<string, string>>;
  /** Makes a POST safe to send again: the server answers it once. 1 to 255 visible ASCII characters. */
  readonly idempotencyKey?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Whether it may be sent again as it is, where the method and the key do not say so. */
  readonly isRepeatable?: boolean;
}

const TRIES = 4;
const RETRIED = new Set([429, 502, 503, 504]);

/**
 * Requests to one server with one key. Reads and PUTs are tried again when the network or a dependency fails; a POST might have been taken, so it is only
 * with an idempotency key, and a conditional request not at all: its own success would make it fail.
 */
export class Http {
  private readonly base: string;

  constructor(private readonly options: ClientOptions) {
    this.base = options.url.replace(/\/+$/, '');
  }

  async json<T>(method: string, path: string, request: RequestOptions = {}): Promise<T> {
    const response = await this.send(method, path, {
      ...request,
      headers: { accept: 'application/json', ...request.headers },
    });
    return (response.status === 204 ? undefined : await response.json()) as T;
  }

  /** @throws ProblemError for every answer that is not a success */
  async send(method: string, path: string, request: RequestOptions = {}): Promise<Response> {
    const isRepeatable = request.isRepeatable ?? (method !== 'POST' || request.idempotencyKey !== undefined);
    for (let attempt = 1; ; attempt++) {
      const failure = await this.attempt(method, path, request).catch((error: unknown) => error);
      if (failure instanceof Response) return failure;
      if (!isRepeatable || attempt === TRIES || request.signal?.aborted || !isPassing(failure)) throw failure;
      const wait_s =
        failure instanceof ProblemError && failure.retryAfter_s !== null ? failure.retryAfter_s : 0.2 * 2 ** attempt;
      await sleep(Math.min(wait_s, 10) * 1000, undefined, request.signal ? { signal: request.signal } : {});
    }
  }

  private async attempt(method: string, path: string, request: RequestOptions): Promise<Response> {
    const { raw, body, idempotencyKey, signal } = request;
    const type = raw?.type ?? (body === undefined ? undefined : 'application/json');
    const response = await (this.options.fetch ?? fetch)(`${this.base}${path}${queryText(request.query)}`, {
      method,
      headers: {
        authorization: `Bearer ${this.options.apiKey}`,
        ...(type === undefined ? {} : { 'content-type': type }),
        ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
        ...request.headers,
      },
      ...(raw ? { body: raw.bytes } : body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    });
    if (response.ok) return response;
    throw await problemOf(response);
  }
}

/** Whether the same request may succeed in a moment: no connection (fetch throws TypeError), a dependency is down, or it is being answered. */
function isPassing(failure: unknown): boolean {
  if (!(failure instanceof ProblemError)) return failure instanceof TypeError;
  return RETRIED.has(failure.status) || failure.code === 'idempotency_in_progress';
}

function queryText(query: RequestOptions['query'] = {}): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of value === undefined ? [] : [value].flat()) params.append(name, String(one));
  }
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
}
