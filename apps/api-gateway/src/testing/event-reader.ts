export interface Received {
  readonly id: string;
  readonly event: string;
  readonly data: Record<string, never> & {
    job?: Record<string, unknown>;
    task?: Record<string, unknown>;
    text?: string;
    gap?: boolean;
  };
}

/** Reads an event stream event by event. */
export class EventReader {
  private buffer = '';
  comments = 0;
  /** All that was read. */
  text = '';
  private readonly abort = new AbortController();
  private reader: ReadableStreamDefaultReader<string> | undefined;

  constructor(
    private readonly url: string,
    private readonly key: string,
  ) {}

  async open(path: string, lastEventId?: string): Promise<Response> {
    const response = await fetch(`${this.url}/api/v1/${path}`, {
      headers: { authorization: `Bearer ${this.key}`, ...(lastEventId ? { 'last-event-id': lastEventId } : {}) },
      signal: this.abort.signal,
    });
    this.reader = response.body
      ?.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
      .getReader();
    return response;
  }

  /** The next event; null when the server has closed. */
  async next(): Promise<Received | null> {
    for (;;) {
      const end = this.buffer.indexOf('\n\n');
      if (end >= 0) {
        const block = this.buffer.slice(0, end);
        this.buffer = this.buffer.slice(end + 2);
        if (block.startsWith(':')) this.comments++;
        const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? '';
        if (field('event'))
          return { id: field('id'), event: field('event'), data: JSON.parse(field('data')) as Received['data'] };
        continue;
      }
      const chunk = await this.reader?.read();
      if (!chunk || chunk.done) return null;
      this.buffer += chunk.value;
      this.text += chunk.value;
    }
  }

  async take(count: number): Promise<Received[]> {
    const events: Received[] = [];
    while (events.length < count) {
      const event = await this.next();
      if (!event) throw new Error(`the stream ended after ${events.length} events`);
      events.push(event);
    }
    return events;
  }

  async untilEnd(): Promise<Received[]> {
    const events: Received[] = [];
    for (let event = await this.next(); event; event = await this.next()) events.push(event);
    return events;
  }

  close(): void {
    this.abort.abort();
  }
}
