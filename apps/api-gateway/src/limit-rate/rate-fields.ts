import type { Allowance, Count } from './request-counter.js';

/** The fields of draft-ietf-httpapi-ratelimit-headers: what is allowed (`q` requests in `w` seconds), what is left (`r`) and for how long (`t`). */
export function rateFields({ name, requests, window_s }: Allowance, count: Count): Record<string, string> {
  return {
    'ratelimit-policy': `"${name}";q=${requests};w=${window_s}`,
    ratelimit: `"${name}";r=${count.remaining};t=${count.reset_s}`,
  };
}
