import { fileURLToPath } from 'node:url';
import { newUuid } from '@computalot/kernel';
import { addressRules } from '@computalot/service-host';
import type { ExternalSources } from './serve-external/open-external.js';
import { defaultRateLimits, type RateLimitOptions } from './limit-rate/rate-limit-options.js';

/** The recipes that come with Computalot. */
export const SHIPPED_RECIPES = fileURLToPath(new URL('../../../recipes', import.meta.url));

/** Injection token of {@link GatewayOptions}. */
export const GATEWAY_OPTIONS = Symbol('GATEWAY_OPTIONS');

export interface GatewayOptions {
  /** Whom services answer: the `receiverId` of the process's transport. */
  readonly gatewayId: string;
  /** Milliseconds between comments that keep proxies from closing a silent stream. */
  readonly keepAliveMs: number;
  /** Folder of recipes, a folder each; null for none. */
  readonly recipesDir: string | null;
  /** Milliseconds between looks at Postgres for jobs whose live feed is silent. */
  readonly recheckMs: number;
  readonly rateLimits: RateLimitOptions;
  /** Seconds for which an entry of the audit log is kept, 0 for ever. */
  readonly auditTtlS: number;
  /** Of artifacts that lie at a URL elsewhere. */
  readonly externalSources: ExternalSources;
}

export const defaultGatewayOptions: GatewayOptions = {
  gatewayId: newUuid(),
  recipesDir: null,
  keepAliveMs: 15_000,
  recheckMs: 1_000,
  rateLimits: defaultRateLimits,
  auditTtlS: 0,
  externalSources: externalSources(false),
};

export function externalSources(allowPrivate: boolean): ExternalSources {
  return { addresses: addressRules(allowPrivate), answerMs: 10_000, idleMs: 60_000, totalMs: 3_600_000 };
}
