import { createReadStream, unlink, write } from 'node:fs';
import { open as openFile, type FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { UploadSource } from '../move-bytes/upload.js';

/** Bytes that may wait for the disk before the attempt is made to wait. */
const HIGH_WATER_BYTES = 1024 * 1024;

export interface SpoolOptions {
  readonly path: string;
  /** Bytes kept in all. Of a longer stream the first half of this and the last half are kept. */
  readonly maxBytes: number;
  readonly onFull: () => void;
  readonly onDrained: () => void;
}

/**
 * One output stream on its way to the object store: a file whose second half is a ring, so that it never grows beyond `maxBytes` and always
 * has the beginning and the end of the stream. Writes one block at a time, in order.
 */
export class OutputSpool {
  private handle: FileHandle | undefined;
  private queue: Buffer[] = [];
  private queued = 0;
  private written = 0;
  private isFull = false;
  private working: Promise<void> | undefined;
  private fault: Error | undefined;
  private readonly headBytes: number;
  private readonly ringBytes: number;

  constructor(private readonly options: SpoolOptions) {
    this.headBytes = Math.floor(options.maxBytes / 2);
    this.ringBytes = options.maxBytes - this.headBytes;
  }

  push(data: Buffer): void {
    if (this.fault) return;
    this.queue.push(data);
    this.queued += data.length;
    if (!this.isFull && this.queued > HIGH_WATER_BYTES) {
      this.isFull = true;
      this.options.onFull();
    }
    this.working ??= this.work().finally(() => (this.working = undefined));
  }

  /** Everything is on disk. @throws Error when the disk failed; the stream cannot be stored then */
  async settle(): Promise<UploadSource & { readonly isCut: boolean }> {
    while (this.working) await this.working;
    if (this.fault) throw this.fault;
    return this.source();
  }

  async remove(): Promise<void> {
    while (this.working) await this.working;
    await this.handle?.close();
    await new Promise<void>((resolve) => unlink(this.options.path, () => resolve()));
  }

  private async work(): Promise<void> {
    try {
      this.handle ??= await openFile(this.options.path, 'w', 0o600);
      for (let block = this.takeBlock(); block; block = this.takeBlock()) await this.store(this.handle.fd, block);
    } catch (error) {
      this.fault = error instanceof Error ? error : new Error(String(error));
      this.queue = [];
      this.queued = 0;
      this.relax();
    }
  }

  private takeBlock(): Buffer | undefined {
    if (this.queue.length === 0) return undefined;
    const block = this.queue.length === 1 ? this.queue[0] : Buffer.concat(this.queue);
    this.queue = [];
    return block;
  }

  private async store(fd: number, block: Buffer): Promise<void> {
    for (let rest = block; rest.length > 0;) {
      const ringAt = (this.written - this.headBytes) % this.ringBytes;
      const inHead = this.written < this.headBytes;
      const position = inHead ? this.written : this.headBytes + ringAt;
      const room = inHead ? this.headBytes - this.written : this.ringBytes - ringAt;
      const part = rest.subarray(0, room);
      const count = await writeAt(fd, part, position);
      this.written += count;
      this.queued -= count;
      rest = rest.subarray(count);
    }
    this.relax();
  }

  private relax(): void {
    if (!this.isFull || this.queued > HIGH_WATER_BYTES / 2) return;
    this.isFull = false;
    this.options.onDrained();
  }

  private source(): UploadSource & { readonly isCut: boolean } {
    const { path, maxBytes } = this.options;
    if (this.written <= maxBytes) {
      return { size_bytes: this.written, isCut: false, open: () => createReadStream(path) };
    }
    const marker = Buffer.from(`\n[computalot: ${this.written - maxBytes} bytes of output are not kept]\n`);
    const ringStart = this.headBytes + ((this.written - this.headBytes) % this.ringBytes);
    const pieces = [
      { start: 0, end: this.headBytes },
      marker,
      { start: ringStart, end: maxBytes },
      { start: this.headBytes, end: ringStart },
    ];
    return { size_bytes: maxBytes + marker.length, isCut: true, open: () => Readable.from(readPieces(path, pieces)) };
  }
}

async function* readPieces(
  path: string,
  pieces: readonly (Buffer | { start: number; end: number })[],
): AsyncGenerator<Buffer> {
  for (const piece of pieces) {
    if (Buffer.isBuffer(piece)) yield piece;
    else if (piece.end > piece.start) yield* createReadStream(path, { start: piece.start, end: piece.end - 1 });
  }
}

function writeAt(fd: number, data: Buffer, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    write(fd, data, 0, data.length, position, (error, count) => (error ? reject(error) : resolve(count)));
  });
}
