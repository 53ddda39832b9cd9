import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.js';
import { newAdminKey, placementOf, type Platform, type PlatformOptions } from './platform.js';
import { ServiceProcess } from './service-process.js';

/** Everything in one process on embedded defaults, with its data in a folder of its own below the system's temporary one. */
export async function startStandalone(options: PlatformOptions = {}): Promise<Platform> {
  const folder = await mkdtemp(join(tmpdir(), 'computalot-standalone-'));
  // Root runs Postgres and the tasks as other users, who must be able to walk through.
  await chmod(folder, 0o711);
  const port = await freePort();
  const adminKey = newAdminKey();
  const env = { ...options.env, COMPUTALOT_DATA_DIR: join(folder, 'data'), COMPUTALOT_ADMIN_KEY: adminKey };
  const processes = new Map<string, ServiceProcess>();
  const start = async (): Promise<void> => {
    const service = new ServiceProcess({ app: 'standalone', name: 'standalone', port, env, logFolder: folder });
    processes.set('standalone', service);
    await service.ready();
  };
  await start();
  return {
    shape: 'standalone',
    url: `http://127.0.0.1:${port}`,
    adminKey,
    processes,
    placement: placementOf(folder),
    backends: null,
    restart: start,
    stop: async () => {
      const end = (await processes.get('standalone')?.stop()) ?? 'not started';
      await rm(folder, { recursive: true, force: true });
      return { standalone: end };
    },
  };
}
