import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { SERVICE_HOST } from './service-variables.js';

/** Below what systems give to outgoing connections, which would take a port between the look and the start. */
const [FROM, TO] = [20_000, 32_000];
const MAX_TRIES = 100;

/** A port that nobody listens on and that is not among `taken`. */
export async function freePort(taken: ReadonlySet<number>): Promise<number> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const port = randomInt(FROM, TO);
    if (!taken.has(port) && (await canListen(port))) return port;
  }
  throw new Error('this worker has no free port for a service');
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, SERVICE_HOST, () => server.close(() => resolve(true)));
  });
}
