import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { SUPERUSER } from './cluster.js';

/** Where clients reach the server: a socket in a closed folder, or a loopback port. Both ask for the password. */
export type Endpoint =
  | { readonly kind: 'socket'; readonly folder: string; readonly port: number }
  | { readonly kind: 'tcp'; readonly port: number };

/** sockaddr_un holds 108 bytes on Linux, 104 on macOS, with the final zero. */
const MAX_SOCKET_PATH_BYTES = 103;
/** Only names the socket file. */
const SOCKET_PORT = 5432;

/** A socket where its path fits, else a free loopback port; a wanted `port` means loopback. */
export async function chooseEndpoint(folder: string, port?: number): Promise<Endpoint> {
  if (port !== undefined) return { kind: 'tcp', port };
  const fits = Buffer.byteLength(join(folder, `.s.PGSQL.${SOCKET_PORT}`)) <= MAX_SOCKET_PATH_BYTES;
  if (fits && process.platform !== 'win32') return { kind: 'socket', folder, port: SOCKET_PORT };
  return { kind: 'tcp', port: await findFreePort() };
}

/** Connection URL of the administrative database. */
export function urlOfEndpoint(endpoint: Endpoint, password: string): string {
  const host = endpoint.kind === 'socket' ? encodeURIComponent(endpoint.folder) : '127.0.0.1';
  return `postgresql://${SUPERUSER}:${password}@${host}:${endpoint.port}/postgres`;
}

async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
