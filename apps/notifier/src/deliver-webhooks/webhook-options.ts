/** Injection token of the {@link WebhookOptions}. */
export const WEBHOOK_OPTIONS = Symbol('WEBHOOK_OPTIONS');

export interface WebhookOptions {
  /** Private, loopback and link-local targets may be called. */
  readonly allowPrivate: boolean;
  /** Milliseconds for one attempt. Default 10,000. */
  readonly timeoutMs?: number;
  /** Attempts under way at once. Default 64. */
  readonly atOnce?: number;
  /** Attempts under way at once to one host. Default 4. */
  readonly perHost?: number;
}
