import { RateLimiterMemory, RateLimiterRes, type RateLimiterAbstract } from 'rate-limiter-flexible';

/** So many requests in every window of so many seconds; the window of a key begins with its first request. */
export interface Allowance {
  /** What it is an allowance of, as answers name it. */
  readonly name: string;
  readonly requests: number;
  readonly window_s: number;
}

/** Where a key stands in its window. */
export interface Count {
  readonly remaining: number;
  /** Seconds, rounded up, until the whole allowance is there again. */
  readonly reset_s: number;
  /** The request that was counted is beyond the allowance. */
  readonly isOver: boolean;
}

/** Counts requests by key. Never fails: where the store is away it counts in this process. */
export class RequestCounter {
  constructor(
    readonly allowance: Allowance,
    private readonly limiter: RateLimiterAbstract,
  ) {}

  /** Counts `n` more requests of the key. */
  async take(key: string, n = 1): Promise<Count> {
    return this.countOf(await this.limiter.consume(key, n).catch(overOr), 0);
  }

  /** Where the next request of the key would stand; counts nothing. */
  async look(key: string): Promise<Count> {
    const stand = await this.limiter.get(key);
    return stand ? this.countOf(stand, 1) : { remaining: this.allowance.requests, reset_s: 0, isOver: false };
  }

  /** `ahead`: requests still to come that are asked about. A key that is blocked in memory has no points to tell of, and none left. */
  private countOf({ consumedPoints, remainingPoints, msBeforeNext }: RateLimiterRes, ahead: number): Count {
    const isBlocked = consumedPoints === 0 && remainingPoints === 0;
    return {
      remaining: Math.max(remainingPoints, 0),
      reset_s: Math.max(Math.ceil(msBeforeNext / 1000), 1),
      isOver: isBlocked || consumedPoints + ahead > this.allowance.requests,
    };
  }
}

/** The library rejects with the count of a request that is beyond the allowance. */
function overOr(reason: unknown): RateLimiterRes {
  if (reason instanceof RateLimiterRes) return reason;
  throw reason;
}

/** Counts in this process alone. */
export const memoryLimiter = ({ requests, window_s }: Allowance): RateLimiterMemory =>
  new RateLimiterMemory({ points: requests, duration: window_s });
