import { placementFactsIn } from './placement-facts.js';

export interface AnswerWatch {
  /** What the answers told since it was asked last. Waits for the ends of all but event streams, which may have none. */
  facts(): Promise<string[]>;
  /** How many bodies it has looked into, so that a suite can tell that it watches at all. */
  readonly seen: number;
  stop(): void;
}

/**
 * Looks into every answer of the public API that this process gets with `fetch`, whoever asks: SDK or plain HTTP, and however it is read. Operators'
 * routes may show placement.
 */
export function watchAnswers(url: string, words: readonly string[]): AnswerWatch {
  const plain = globalThis.fetch;
  const open = new Set<Promise<void>>();
  let found: string[] = [];
  let seen = 0;
  const look = (path: string, type: string, text: string): void => {
    seen += 1;
    found.push(...placementFactsIn(type, text, words).map((fact) => `${path}: ${fact}`));
  };
  const watch = (path: string, copy: Response): void => {
    const type = copy.headers.get('content-type') ?? '';
    if (type.startsWith('text/event-stream'))
      return void eachEvent(copy, (event) => look(path, type, event)).catch(() => undefined);
    // A reader that leaves breaks off the copy too; half a document says nothing.
    const looking = copy
      .text()
      .then(
        (text) => look(path, type, text),
        () => undefined,
      )
      .finally(() => open.delete(looking));
    open.add(looking);
  };
  globalThis.fetch = async (input, init) => {
    const response = await plain(input, init);
    const { origin, pathname } = new URL(input instanceof Request ? input.url : input);
    if (origin !== new URL(url).origin || !pathname.startsWith('/api/') || pathname.startsWith('/api/v1/admin/'))
      return response;
    watch(pathname, response.clone());
    return response;
  };
  return {
    get seen() {
      return seen;
    },
    facts: async () => {
      await Promise.all(open);
      const facts = found;
      found = [];
      return facts;
    },
    stop: () => {
      globalThis.fetch = plain;
    },
  };
}

async function eachEvent(response: Response, onEvent: (event: string) => void): Promise<void> {
  let text = '';
  for await (const chunk of response.body?.pipeThrough(
    new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>,
  ) ?? []) {
    const events = `${text}${chunk}`.split('\n\n');
    text = events.pop() ?? '';
    events.forEach(onEvent);
  }
}
