import { builtinProfiles } from '@computalot/jobs';
import type { Profiles } from './submit-job/read-submission.js';

/** Injection token of {@link GatewayOptions}. */
export const GATEWAY_OPTIONS = Symbol('GATEWAY_OPTIONS');

export interface GatewayOptions {
  /** Named sets of requirements; `cpu` and `gpu` always exist. */
  readonly profiles: Profiles;
  /** Milliseconds between comments that keep proxies from closing a silent stream. */
  readonly keepAliveMs: number;
  /** Milliseconds between looks at Postgres for jobs whose live feed is silent. */
  readonly recheckMs: number;
}

export const defaultGatewayOptions: GatewayOptions = {
  profiles: builtinProfiles,
  keepAliveMs: 15_000,
  recheckMs: 1_000,
};
