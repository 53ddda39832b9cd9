import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { ServiceProcess } from './service-process.js';

export type Shape = 'standalone' | 'distributed';

/** A running Computalot, started from built code, spoken to through its public API. */
export interface Platform {
  readonly shape: Shape;
  /** Of the public API, without `/api/v1`. */
  readonly url: string;
  /** Key of the first account, role `admin`. */
  readonly adminKey: string;
  /** By name: `standalone`, or `api-gateway`, `planner`, …, `worker-1`, `worker-2`. */
  readonly processes: ReadonlyMap<string, ServiceProcess>;
  /** Starts the named process again, under its old settings, and waits until it is ready. The old one must have ended. */
  restart(name: string): Promise<void>;
  /** Names of its workers, its host and its folders: what no public answer may hold. */
  readonly placement: readonly string[];
  /** Where the real services are; only in the distributed shape. */
  readonly backends: PlatformBackends | null;
  /** SIGTERM to all; the ends by name (0 is a clean one). Removes what the start created. */
  stop(): Promise<Record<string, number | string>>;
}

export interface PlatformBackends {
  readonly databaseUrl: string;
  readonly brokerUrl: string;
  /** Prefix of every queue of this platform. */
  readonly brokerNamespace: string;
  readonly liveUrl: string;
  readonly objectStoreUrl: string;
}

export interface PlatformOptions {
  /** Environment of every process, e.g. COMPUTALOT_EXECUTOR. */
  readonly env?: Readonly<Record<string, string>>;
  /** Of the distributed shape; default 2. */
  readonly workers?: number;
}

/** Too short or too common a host name says nothing. */
export const placementOf = (...words: readonly string[]): readonly string[] => [
  ...words,
  ...[hostname()].filter((name) => name.length > 5 && name !== 'localhost'),
];

export const newAdminKey = (): string => `flk_${randomBytes(24).toString('base64url')}`;

export function processNamed(platform: Platform, name: string): ServiceProcess {
  const found = platform.processes.get(name);
  if (!found) throw new Error(`no process ${name} in the ${platform.shape} shape`);
  return found;
}
