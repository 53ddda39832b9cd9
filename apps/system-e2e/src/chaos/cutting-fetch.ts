import type { SeededRandom } from './seeded-random.js';

/** Requests to any of several gateways whose answers break off: every event stream after some bytes, every fourth other answer too. */
export class CuttingFetch {
  cuts = 0;
  /** Of answers, that came through. */
  bytes = 0;

  constructor(
    private readonly urls: readonly string[],
    private readonly random: SeededRandom,
  ) {}

  readonly fetch: typeof fetch = async (input, init) => {
    const cutter = new AbortController();
    const { pathname, search } = new URL(input instanceof Request ? input.url : input);
    const signals = [cutter.signal, ...(init?.signal ? [init.signal] : [])];
    const response = await fetch(`${this.random.pick(this.urls)}${pathname}${search}`, {
      ...init,
      signal: AbortSignal.any(signals),
    });
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
    if (!response.body || (!isStream && this.random.integer(0, 4) > 0)) return response;
    const body = response.body.pipeThrough(this.cutAfter(this.random.integer(1_000, 300_000), cutter));
    return new Response(body, { status: response.status, headers: response.headers });
  };

  private cutAfter(bytes: number, cutter: AbortController): TransformStream<Uint8Array, Uint8Array> {
    let left = bytes;
    return new TransformStream({
      transform: (chunk, controller) => {
        controller.enqueue(chunk.subarray(0, left));
        left -= chunk.length;
        this.bytes += chunk.length;
        if (left > 0) return;
        this.cuts += 1;
        cutter.abort();
        controller.error(new TypeError('cut'));
      },
    });
  }
}
