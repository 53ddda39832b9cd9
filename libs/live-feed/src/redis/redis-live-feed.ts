import type { LiveEntry } from '@computalot/contracts';
import { Redis, type RedisOptions } from 'ioredis';
import { randomUUID } from 'node:crypto';
import type { FeedLimits } from '../feed-limits.js';
import type { FeedSubscription, LiveFeed, OnEntries, PositionedEntry } from '../live-feed.js';
import { AppendWriter } from './append-writer.js';
import { breakSilence, COMMAND_SILENCE_MS } from './break-silence.js';
import { feedKeys, type FeedKeys } from './feed-keys.js';
import { readPage } from './read-page.js';
import { StreamFollower } from './stream-follower.js';
import { StreamReader } from './stream-reader.js';

const FIRST_CONNECT_PATIENCE_MS = 2_000;
const CLOSE_PATIENCE_MS = 2_000;

/** Commands fail at once while the connection is down and are never sent twice; the callers decide what to do again. */
const connectionOptions: RedisOptions = {
  connectionName: 'computalot-live-feed',
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  connectTimeout: 5_000,
  disconnectTimeout: 100,
  keepAlive: 10_000,
  retryStrategy: (attempt) => Math.min(25 * 2 ** attempt, 1_000),
};

export interface RedisFeedOptions {
  readonly url: string;
  readonly keyPrefix: string;
  readonly limits: FeedLimits;
  readonly onError: (error: Error) => void;
}

/** One stream per job. Two connections: commands (writes, pages), and a blocking one for all subscriptions that opens with the first. */
export class RedisLiveFeed implements LiveFeed {
  private readonly commands: Redis;
  private readonly reading: Redis;
  private readonly keys: FeedKeys;
  private readonly writer: AppendWriter;
  private readonly follower: StreamFollower;
  private isOpen = true;

  constructor({ url, keyPrefix, limits, onError }: RedisFeedOptions) {
    this.keys = feedKeys(keyPrefix);
    this.commands = new Redis(url, connectionOptions);
    this.reading = new Redis(url, { ...connectionOptions, lazyConnect: true });
    for (const connection of [this.commands, this.reading]) connection.on('error', onError);
    this.writer = new AppendWriter(this.commands, this.keys, limits, onError);
    const reader = new StreamReader(this.reading, this.commands, this.keys.wake(randomUUID()));
    this.follower = new StreamFollower({ commands: this.commands, reading: this.reading, reader }, this.keys, onError);
  }

  get droppedEntries(): number {
    return this.writer.droppedEntries;
  }

  append(jobId: string, entries: readonly LiveEntry[]): void {
    if (this.isOpen) this.writer.append(jobId, entries);
  }

  async read(
    jobId: string,
    position: string | null,
    limit: number,
  ): Promise<{ entries: PositionedEntry[]; gap: boolean }> {
    await this.firstConnect();
    const { entries, gap } = await readPage(this.commands, this.keys.job(jobId), position, limit);
    return { entries, gap };
  }

  async tail(jobId: string): Promise<string | null> {
    await this.firstConnect();
    const newestFirst = this.commands.xrevrange(this.keys.job(jobId), '+', '-', 'COUNT', 1);
    const [newest] = await breakSilence(this.commands, COMMAND_SILENCE_MS, newestFirst);
    return newest?.[0] ?? null;
  }

  subscribe(jobId: string, position: string | null, onEntries: OnEntries): FeedSubscription {
    return this.follower.subscribe(jobId, position, onEntries);
  }

  async flush(): Promise<void> {
    await this.writer.flush();
  }

  isConnected(): boolean {
    return this.commands.status === 'ready';
  }

  async close(): Promise<void> {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.follower.close();
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, CLOSE_PATIENCE_MS)));
    await Promise.race([this.writer.flush(), patience]);
    clearTimeout(timer);
    this.reading.disconnect();
    this.commands.disconnect();
  }

  /** Right after creation the connection is not up yet: that is no reason to fail a read. */
  private async firstConnect(): Promise<void> {
    if (this.commands.status !== 'connecting' && this.commands.status !== 'connect') return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(settle, FIRST_CONNECT_PATIENCE_MS);
      const { commands } = this;
      function settle() {
        clearTimeout(timer);
        commands.off('ready', settle).off('close', settle);
        resolve();
      }
      commands.on('ready', settle).on('close', settle);
    });
  }
}
