import { unlink, write } from 'node:fs';
import { open as openFile, type FileHandle } from 'node:fs/promises';
import type { UploadSource } from '../move-bytes/upload.js';

/** Bytes of one write or read. */
const BLOCK_BYTES = 128 * 1024;
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
 * has the beginning and the end of the stream. Collects what comes in blocks and writes one at a time, in order.
 */
export class OutputSpool {
  private handle: FileHandle | undefined;
  private block: Buffer = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  private used = 0;
  private queue: Buffer[] = [];
  /** Written blocks, to be filled again. */
  private spare: Buffer[] = [];
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
    for (let at = 0; at < data.length;) {
      const count = data.copy(this.block, this.used, at);
      this.used += count;
      at += count;
      if (this.used === BLOCK_BYTES) this.enqueue();
    }
  }

  /** Everything is on disk. @throws Error when the disk failed; the stream cannot be stored then */
  async settle(): Promise<UploadSource & { readonly isCut: boolean }> {
    if (this.used > 0 && !this.fault) this.enqueue();
    while (this.working) await this.working;
    if (this.fault) throw this.fault;
    return this.source();
  }

  async remove(): Promise<void> {
    while (this.working) await this.working;
    await this.handle?.close();
    await new Promise<void>((resolve) => unlink(this.options.path, () => resolve()));
  }

  private enqueue(): void {
    this.queue.push(this.block.subarray(0, this.used));
    this.queued += this.used;
    this.block = this.spare.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES);
    this.used = 0;
    if (!this.isFull && this.queued > HIGH_WATER_BYTES) {
      this.isFull = true;
      this.options.onFull();
    }
    this.working ??= this.work().finally(() => (this.working = undefined));
  }

  private async work(): Promise<void> {
    try {
      this.handle ??= await openFile(this.options.path, 'w', 0o600);
      for (let block = this.queue.shift(); block; block = this.queue.shift()) {
        await this.store(this.handle.fd, block);
        this.spare.push(block);
      }
    } catch (error) {
      this.fault = error instanceof Error ? error : new Error(String(error));
      this.queue = [];
      this.queued = 0;
      this.relax();
    }
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
      const all = [{ start: 0, end: this.written }];
      return { size_bytes: this.written, isCut: false, open: () => readPieces(path, all) };
    }
    const marker = Buffer.from(`\n[computalot: ${this.written - maxBytes} bytes of output are not kept]\n`);
    const ringStart = this.headBytes + ((this.written - this.headBytes) % this.ringBytes);
    const pieces = [
      { start: 0, end: this.headBytes },
      marker,
      { start: ringStart, end: maxBytes },
      { start: this.headBytes, end: ringStart },
    ];
    return { size_bytes: maxBytes + marker.length, isCut: true, open: () => readPieces(path, pieces) };
  }
}

/** All through one block: buffers of a stream each would have V8 collect its whole heap every 64 MB. */
async function* readPieces(
  path: string,
  pieces: readonly (Buffer | { start: number; end: number })[],
): AsyncGenerator<Buffer> {
  const block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  const handle = await openFile(path, 'r');
  try {
    for (const piece of pieces) {
      if (Buffer.isBuffer(piece)) yield piece;
      else
        for (let at = piece.start; at < piece.end;) {
          const { bytesRead } = await handle.read(block, 0, Math.min(BLOCK_BYTES, piece.end - at), at);
          if (bytesRead === 0) throw new Error(`the spool ${path} ends at ${at} bytes`);
          yield block.subarray(0, bytesRead);
          at += bytesRead;
        }
    }
  } finally {
    await handle.close();
  }
}

function writeAt(fd: number, data: Buffer, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    write(fd, data, 0, data.length, position, (error, count) => (error ? reject(error) : resolve(count)));
  });
}
