import type { ServiceTransport } from './service-transport.js';

/** Resolves when the dependency can be used, rejects with the reason when not. */
export type ReadinessCheck = () => Promise<void> | void;

export interface DependencyStatus {
  readonly status: 'up' | 'down';
  readonly error?: string;
}

export interface ReadinessReport {
  readonly status: 'ready' | 'not_ready' | 'draining';
  readonly dependencies: Record<string, DependencyStatus>;
}

/** A check that hangs is a dependency that is down. */
const CHECK_TIMEOUT_MS = 2_000;

/** The transport's two checks, by the names that `/health/ready` shows. */
export function transportChecks(transport: ServiceTransport): Record<string, ReadinessCheck> {
  return {
    broker: () => {
      if (!transport.isConnected()) throw new Error('the broker is out of reach');
    },
    consumers: () => {
      const stopped = transport.consuming().filter(({ alive }) => !alive);
      if (stopped.length > 0) throw new Error(`not consuming ${stopped.map(({ queue }) => queue).join(', ')}`);
    },
  };
}

/** Runs all checks at once. Never rejects. */
export async function checkReadiness(
  checks: Readonly<Record<string, ReadinessCheck>>,
  draining: boolean,
): Promise<ReadinessReport> {
  const entries = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => [name, await runCheck(check)] as const),
  );
  const up = entries.every(([, { status }]) => status === 'up');
  return { status: draining ? 'draining' : up ? 'ready' : 'not_ready', dependencies: Object.fromEntries(entries) };
}

async function runCheck(check: ReadinessCheck): Promise<DependencyStatus> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${CHECK_TIMEOUT_MS} ms`)), CHECK_TIMEOUT_MS);
  });
  try {
    await Promise.race([Promise.resolve().then(check), tooLate]);
    return { status: 'up' };
  } catch (error) {
    return { status: 'down', error: withoutCredentials(error instanceof Error ? error.message : String(error)) };
  } finally {
    clearTimeout(timer);
  }
}

/** Drivers like to put the URL they failed to reach into the message. */
function withoutCredentials(text: string): string {
  return text.replace(/(\w+:\/\/)[^\s/@]*@/g, '$1');
}
