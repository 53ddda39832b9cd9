import { Redis, type RedisOptions } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis, type RateLimiterRes } from 'rate-limiter-flexible';
import { RequestCounter, type Allowance } from './request-counter.js';

/** Milliseconds that a request waits for Redis at most before it is counted without. */
const PATIENCE_MS = 250;

/** Commands fail at once while the connection is down and are never sent twice: the request is counted in memory instead. */
const connectionOptions: RedisOptions = {
  connectionName: 'computalot-rate-limits',
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  connectTimeout: 5_000,
  commandTimeout: PATIENCE_MS,
  disconnectTimeout: 100,
  keepAlive: 10_000,
  retryStrategy: (attempt) => Math.min(25 * 2 ** attempt, 1_000),
};

export interface RedisCountsOptions {
  readonly url: string;
  readonly keyPrefix: string;
  /** Hears once when Redis goes away and once when it is back. */
  readonly tell: (line: string) => void;
}

/** Counts that all gateways on one Redis share. While it is away each gateway counts by itself: nobody is refused for that. */
export class RedisCounts {
  private readonly redis: Redis;
  private fault = 'the connection ended';
  private isAway = false;
  private isOpen = true;

  constructor(private readonly options: RedisCountsOptions) {
    this.redis = new Redis(options.url, connectionOptions);
    this.redis.on('error', (error: Error) => (this.fault = error.message));
    this.redis.on('close', () => this.noteAway());
    this.redis.on('ready', () => this.noteBack());
  }

  counter(allowance: Allowance): RequestCounter {
    const { requests: points, window_s: duration } = allowance;
    const limiter = new RateLimiterRedis({
      storeClient: this.redis,
      keyPrefix: `${this.options.keyPrefix}${allowance.name}`,
      points,
      duration,
      rejectIfRedisNotReady: true,
      // Whoever is over stays over until the window ends: Redis need not hear of it again.
      inMemoryBlockOnConsumed: points + 1,
      insuranceLimiter: new Insurance({ points, duration }, () => this.noteSilence()),
    });
    return new RequestCounter(allowance, limiter);
  }

  /** Redis counts, not this process. */
  get isReady(): boolean {
    return this.redis.status === 'ready';
  }

  close(): void {
    this.isOpen = false;
    this.redis.disconnect();
  }

  /** A connection that gave no answer is made anew; until it stands requests do not wait for it. */
  private noteSilence(): void {
    if (!this.isReady) return;
    this.fault = `no answer within ${PATIENCE_MS} ms`;
    this.redis.disconnect(true);
  }

  private noteAway(): void {
    if (this.isAway || !this.isOpen) return;
    this.isAway = true;
    this.options.tell(`Redis is away (${this.fault}): until it is back every gateway limits rates by its own counts`);
  }

  private noteBack(): void {
    if (!this.isAway) return;
    this.isAway = false;
    this.options.tell('Redis is back: gateways limit rates by common counts again');
  }
}

/** Counts in memory what Redis did not count, and says so. */
class Insurance extends RateLimiterMemory {
  constructor(
    options: { points: number; duration: number },
    private readonly onUse: () => void,
  ) {
    super(options);
  }

  override consume(key: string, points?: number, options?: Record<string, unknown>): Promise<RateLimiterRes> {
    this.onUse();
    return super.consume(key, points, options);
  }
}
