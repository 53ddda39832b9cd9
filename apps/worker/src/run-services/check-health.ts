import type { HealthCheck } from '@computalot/contracts';
import { connect } from 'node:net';
import { SERVICE_HOST } from './service-variables.js';

/** Milliseconds that one check may take. */
export const CHECK_MS = 5_000;

/** Whether the service answers now; `run` runs a command beside it and says whether it exited 0. */
export function checkHealth(
  health: HealthCheck,
  port: number,
  run: (command: readonly string[]) => Promise<boolean>,
): Promise<boolean> {
  if ('command' in health) return run(health.command);
  return 'http' in health ? answers(`http://${SERVICE_HOST}:${port}${health.http}`) : takesConnections(port);
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(CHECK_MS), redirect: 'manual' });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: SERVICE_HOST, timeout: CHECK_MS });
    const end = (isHealthy: boolean) => () => {
      socket.destroy();
      resolve(isHealthy);
    };
    socket.once('connect', end(true)).once('error', end(false)).once('timeout', end(false));
  });
}
