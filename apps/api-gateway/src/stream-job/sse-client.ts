import type { OutgoingHttpHeaders } from 'node:http';
import type { FastifyReply } from 'fastify';
import { onOneLine } from '../parse-json/json-text.js';
import type { EventSink } from './event-sink.js';

/** Bytes that wait for one reader; beyond it the reader is too slow and starts again from a snapshot. */
export const MAX_WAITING_BYTES = 2 * 1024 * 1024;

export const EVENT_STREAM = 'text/event-stream; charset=utf-8';

/** One open event stream. */
export class SseClient implements EventSink {
  private readonly keepAlive: NodeJS.Timeout;
  private closed = false;
  private draining: Promise<void> | undefined;

  constructor(
    private readonly reply: FastifyReply,
    keepAliveMs: number,
    private readonly onClose: () => void,
  ) {
    reply.hijack();
    reply.raw.writeHead(200, {
      ...(reply.getHeaders() as OutgoingHttpHeaders),
      'content-type': EVENT_STREAM,
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    reply.raw.write('retry: 1000\n\n');
    this.keepAlive = setInterval(() => this.comment(), keepAliveMs);
    reply.raw.on('close', () => this.close());
    reply.raw.on('error', () => this.close());
  }

  get isClosed(): boolean {
    return this.closed;
  }

  get isFull(): boolean {
    return this.reply.raw.writableLength > MAX_WAITING_BYTES;
  }

  send(event: string, id: string, data: string): void {
    if (!this.closed) this.reply.raw.write(`id: ${id}\nevent: ${event}\ndata: ${onOneLine(data)}\n\n`);
  }

  async drained(): Promise<void> {
    const { raw } = this.reply;
    if (this.closed || raw.writableLength === 0) return;
    // One wait for all the jobs of a watch.
    this.draining ??= new Promise<void>((resolve) => {
      raw.once('drain', resolve);
      raw.once('close', resolve);
    }).finally(() => (this.draining = undefined));
    await this.draining;
  }

  /** Ends the answer after what was written. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    clearInterval(this.keepAlive);
    this.reply.raw.end();
    this.onClose();
  }

  private comment(): void {
    if (this.reply.raw.writableLength === 0) this.reply.raw.write(': keep-alive\n\n');
  }
}
