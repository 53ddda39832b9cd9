import { join, resolve } from 'node:path';
import { findBinaries } from './binaries.js';
import { copyBinaries } from './copy-binaries.js';
import { openCluster, prepareDataDir, type Cluster } from './cluster.js';
import { chooseEndpoint, urlOfEndpoint, type Endpoint } from './endpoint.js';
import { findRunning, type PidFile } from './pid-file.js';
import { launchPostmaster, stopPostmaster, waitForPostmaster, type Launch } from './postmaster.js';
import { assertReachable, findUnprivilegedUser, isReachable } from './unprivileged-user.js';

export interface EmbeddedPostgres {
  /** Connection URL of a superuser, with its password. */
  readonly url: string;
  readonly pid: number;
  /** Ends all sessions and closes the cluster cleanly. May be called twice. */
  stop(): Promise<void>;
}

/**
 * A real Postgres on `dataDir`, which holds the cluster (`pgdata`), the socket and `postgres.log` and is closed to other users.
 * Clients come through the socket, or through loopback when `port` is given or the path is too long for a socket; both need the password.
 *
 * The server outlives a killed process; the next start takes it over, or restarts it when it listens elsewhere. One process
 * owns a data folder: `stop` ends the server for everybody.
 *
 * @throws EmbeddedPostgresError
 */
export async function startEmbeddedPostgres(options: { dataDir: string; port?: number }): Promise<EmbeddedPostgres> {
  const dataDir = resolve(options.dataDir);
  const user = await findUnprivilegedUser();
  await prepareDataDir(dataDir, user);
  if (user) await assertReachable(dataDir, user);
  const packaged = await findBinaries(join(dataDir, 'lib'));
  const binaries =
    user && !(await isReachable(packaged.postgres, user)) ? await copyBinaries(packaged, dataDir) : packaged;
  const cluster = await openCluster(dataDir, binaries, user);
  const logFile = join(dataDir, 'postgres.log');

  const running = await takeOver(cluster, dataDir, options.port);
  if (running) return handle(cluster, running.endpoint, running.pid);
  const endpoint = await chooseEndpoint(dataDir, options.port);
  const launch: Launch = { binaries, user, pgdata: cluster.pgdata, endpoint, logFile };
  try {
    return handle(cluster, endpoint, await launchPostmaster(launch));
  } catch (error) {
    // Another process may have started it in the same moment; ours then ended at the lock file.
    const other = await takeOver(cluster, dataDir, options.port);
    if (!other) throw error;
    return handle(cluster, other.endpoint, other.pid);
  }
}

/** The server that an earlier process left running, when it listens where this one wants it; one that listens elsewhere is stopped. */
async function takeOver(
  { pgdata }: Cluster,
  dataDir: string,
  port: number | undefined,
): Promise<{ endpoint: Endpoint; pid: number } | undefined> {
  const found = await findRunning(pgdata);
  if (!found || !(await waitForPostmaster(pgdata, found.pid))) return undefined;
  // Port and socket are complete in the file only once the server is ready.
  const ready = await findRunning(pgdata);
  if (!ready) return undefined;
  const endpoint = endpointOf(ready);
  const suits =
    port === undefined
      ? endpoint.kind === 'tcp' || endpoint.folder === dataDir
      : endpoint.kind === 'tcp' && endpoint.port === port;
  if (suits) return { endpoint, pid: ready.pid };
  await stopPostmaster(pgdata, ready.pid);
  return undefined;
}

function endpointOf({ port, socketFolder }: PidFile): Endpoint {
  return socketFolder ? { kind: 'socket', folder: socketFolder, port } : { kind: 'tcp', port };
}

function handle({ pgdata, password }: Cluster, endpoint: Endpoint, pid: number): EmbeddedPostgres {
  return { url: urlOfEndpoint(endpoint, password), pid, stop: () => stopPostmaster(pgdata, pid) };
}
