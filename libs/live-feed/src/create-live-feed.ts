import { defaultFeedLimits, type FeedLimits } from './feed-limits.js';
import { InProcessLiveFeed } from './in-process/in-process-live-feed.js';
import type { LiveFeed } from './live-feed.js';
import { RedisLiveFeed } from './redis/redis-live-feed.js';

export interface LiveFeedOptions {
  /** `redis://…` or `rediss://…`, or `inproc:` / `inproc:<name>` (one feed per name in this process). */
  readonly url: string;
  /** Keeps installations apart that share a Redis. Default `computalot:`. */
  readonly keyPrefix?: string;
  readonly limits?: Partial<FeedLimits>;
  /** Hears of connection faults and of subscribers that throw; both are survived. */
  readonly onError?: (error: Error) => void;
}

/** Connects in the background: returns at once also when the backend is away. Throws for a URL of an unknown scheme. */
export function createLiveFeed(options: LiveFeedOptions): LiveFeed {
  const limits = { ...defaultFeedLimits, ...options.limits };
  const keyPrefix = options.keyPrefix ?? 'computalot:';
  const onError = options.onError ?? (() => undefined);
  const scheme = options.url.split(':', 1)[0];
  if (scheme === 'inproc')
    return new InProcessLiveFeed(`${options.url.slice('inproc:'.length)}|${keyPrefix}`, limits, onError);
  if (scheme === 'redis' || scheme === 'rediss')
    return new RedisLiveFeed({ url: options.url, keyPrefix, limits, onError });
  throw new Error(`live feed: unknown scheme "${scheme}" (expected redis, rediss or inproc)`);
}
