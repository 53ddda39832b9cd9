import { DEFAULT_RATE_LIMITS } from '@computalot/contracts';

export interface RateLimitOptions {
  /** Requests of one account in each window. */
  readonly requests: number;
  readonly window_s: number;
  /** API keys that do not work which one address may present in a minute. */
  readonly failedAuthentications: number;
  /** `redis://…`: all gateways count together; anything else: in this process. */
  readonly storeUrl: string;
}

export const defaultRateLimits: RateLimitOptions = {
  requests: DEFAULT_RATE_LIMITS.requests,
  window_s: DEFAULT_RATE_LIMITS.window_s,
  failedAuthentications: DEFAULT_RATE_LIMITS.failed_authentications,
  storeUrl: 'inproc:',
};

/** As the environment of whoever runs a gateway names them. */
export interface RateLimitVariables {
  readonly COMPUTALOT_RATE_LIMIT: number;
  readonly COMPUTALOT_RATE_LIMIT_WINDOW_S: number;
  readonly COMPUTALOT_FAILED_AUTH_LIMIT: number;
}

/** `storeUrl` is that of the live feed: what has a Redis for that has it for this. */
export function rateLimitsOf(config: RateLimitVariables, storeUrl: string): RateLimitOptions {
  return {
    requests: config.COMPUTALOT_RATE_LIMIT,
    window_s: config.COMPUTALOT_RATE_LIMIT_WINDOW_S,
    failedAuthentications: config.COMPUTALOT_FAILED_AUTH_LIMIT,
    storeUrl,
  };
}
