import { backoffDelayMs } from '@computalot/kernel';
import { Logger } from '@nestjs/common';
import { connect, type ChannelModel } from 'amqplib';

/** Seconds; a peer that vanished without a word is noticed after two of them. */
const HEARTBEAT_S = 10;
const CONNECT_TIMEOUT_MS = 5_000;
const CLOSE_TIMEOUT_MS = 2_000;
const BACKOFF = { base_s: 0.1, max_s: 5 };

export interface BrokerConnectionOptions {
  readonly url: string;
  /** Shown by the broker's tools. */
  readonly name: string;
  /** Sets up channels and topology on every new connection; a failure here counts as a failed connection. */
  readonly onUp: (model: ChannelModel) => Promise<void>;
  /** The connection and all its channels are gone; also called when `onUp` failed half way. */
  readonly onDown: () => void;
}

/**
 * One connection that comes back by itself, with exponential backoff, until it is closed. There is one way to recover for whatever breaks, be
 * it the socket, a channel or a consumer: this connection is given up and set up anew. (amqplib's own recovery leaves channels and
 * consumers that the broker closes alone, and misses a connection that dies while its setup runs.)
 */
export class BrokerConnection {
  private readonly logger = new Logger(BrokerConnection.name);
  private model: ChannelModel | undefined;
  private up = false;
  private blocked = false;
  private closing = false;
  private failures = 0;
  private timer: NodeJS.Timeout | undefined;
  private opening: Promise<void> | undefined;
  private markFirstUp: () => void = () => undefined;
  /** Resolves when the connection is up for the first time. */
  readonly firstUp = new Promise<void>((resolve) => (this.markFirstUp = resolve));

  constructor(private readonly options: BrokerConnectionOptions) {}

  /** False while connecting, and while the broker refuses publishers because it is short of memory or disk. */
  get isUp(): boolean {
    return this.up && !this.blocked;
  }

  start(): void {
    if (this.opening || this.model || this.closing) return;
    this.opening = this.open()
      .catch((error: unknown) => this.retryLater(error))
      .finally(() => (this.opening = undefined));
  }

  /** Gives the present connection up and sets up a new one. */
  reset(reason: string): void {
    const { model } = this;
    // A channel's end is often the first word of its connection's end; the connection then says so before the next turn.
    setImmediate(() => {
      if (!model || this.model !== model || this.closing) return;
      this.logger.warn(`${this.options.name}: ${reason}; connecting anew`);
      this.lost(model);
      void closeQuietly(model);
    });
  }

  async close(): Promise<void> {
    this.closing = true;
    clearTimeout(this.timer);
    await this.opening;
    const { model } = this;
    if (!model) return;
    await closeQuietly(model);
    this.lost(model);
  }

  private async open(): Promise<void> {
    const { url, name, onUp } = this.options;
    const clientProperties = { connection_name: name };
    const model = await connect(withHeartbeat(url), { noDelay: true, timeout: CONNECT_TIMEOUT_MS, clientProperties });
    this.model = model;
    this.blocked = false;
    model.on('error', (error) => this.logger.warn(`${name}: ${error.message}`));
    model.on('close', () => this.lost(model));
    model.on('blocked', () => (this.blocked = true));
    model.on('unblocked', () => (this.blocked = false));
    try {
      await onUp(model);
    } catch (error) {
      this.logger.error(`${name}: setup failed: ${String(error)}`);
      this.lost(model);
      void closeQuietly(model);
      return;
    }
    // It may have died while it was set up.
    if (this.model !== model) return;
    this.up = true;
    this.failures = 0;
    this.markFirstUp();
  }

  private lost(model: ChannelModel): void {
    if (this.model !== model) return;
    this.model = undefined;
    this.up = false;
    this.options.onDown();
    this.retryLater();
  }

  private retryLater(error?: unknown): void {
    if (this.closing) return;
    if (error) this.logger.warn(`${this.options.name}: ${String(error)}`);
    this.failures += 1;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.reopen(), backoffDelayMs(this.failures, BACKOFF));
  }

  private reopen(): void {
    if (this.opening) void this.opening.then(() => this.start());
    else this.start();
  }
}

function withHeartbeat(url: string): string {
  const parsed = new URL(url);
  if (!parsed.searchParams.has('heartbeat')) parsed.searchParams.set('heartbeat', String(HEARTBEAT_S));
  return parsed.href;
}

/** A broker that does not answer the goodbye is not waited for; the heartbeat ends that connection. */
async function closeQuietly(model: ChannelModel): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, CLOSE_TIMEOUT_MS)));
  await Promise.race([model.close().catch(() => undefined), late]);
  clearTimeout(timer);
}
