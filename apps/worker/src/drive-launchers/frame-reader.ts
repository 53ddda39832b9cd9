import type { ExitFrame, ReadyFrame } from './launcher-protocol.js';

export interface FrameSink {
  onReady(frame: ReadyFrame): void;
  /** Bytes as they arrive; a frame may come in several pieces. */
  onOutput(stream: 0 | 1, data: Buffer): void;
  onExit(frame: ExitFrame, result: Buffer): void;
}

type Header = ReadyFrame | (ExitFrame & { n?: number }) | { t: 'out'; s: 0 | 1; n: number };

const NEWLINE = 10;
const EMPTY: Buffer = Buffer.alloc(0);

/** Cuts the launcher's byte stream into frames. Output is passed on without being copied or collected. */
export class FrameReader {
  private partial = EMPTY;
  private header: Header | undefined;
  private missing = 0;
  private body: Buffer[] = [];

  constructor(private readonly sink: FrameSink) {}

  feed(chunk: Buffer): void {
    let rest = this.partial.length > 0 ? Buffer.concat([this.partial, chunk]) : chunk;
    this.partial = EMPTY;
    while (rest.length > 0) {
      if (this.header) {
        rest = this.takeBody(this.header, rest);
        continue;
      }
      const end = rest.indexOf(NEWLINE);
      if (end < 0) {
        this.partial = rest;
        return;
      }
      this.begin(JSON.parse(rest.toString('utf8', 0, end)) as Header);
      rest = rest.subarray(end + 1);
    }
  }

  private begin(header: Header): void {
    this.missing = ('n' in header && header.n) || 0;
    if (this.missing > 0) this.header = header;
    else this.finish(header);
  }

  private takeBody(header: Header, rest: Buffer): Buffer {
    const part = rest.length > this.missing ? rest.subarray(0, this.missing) : rest;
    this.missing -= part.length;
    if (header.t === 'out') this.sink.onOutput(header.s, part);
    else this.body.push(part);
    if (this.missing === 0) this.finish(header);
    return rest.subarray(part.length);
  }

  private finish(header: Header): void {
    this.header = undefined;
    const { body } = this;
    this.body = [];
    if (header.t === 'exit') this.sink.onExit(header, body.length === 0 ? EMPTY : Buffer.concat(body));
    else if (header.t === 'ready') this.sink.onReady(header);
  }
}
