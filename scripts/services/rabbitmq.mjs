import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram, serviceUser } from './debian-packages.mjs';
import { startProcess } from './processes.mjs';
import { answers } from './reach.mjs';

const SERVER = '/usr/lib/rabbitmq/bin/rabbitmq-server';
/** Erlang's name server and distribution of our node are apart from any other on this machine, and on loopback. */
const EPMD_PORT = 14_369;
const DISTRIBUTION_PORT = 35_672;

const epmdEnv = (offset) => ({ ERL_EPMD_PORT: String(EPMD_PORT + offset), ERL_EPMD_ADDRESS: '127.0.0.1' });

export const rabbitmq = {
  name: 'rabbitmq',
  port: 5672,
  packages: ['rabbitmq-server'],
  url: (port) => `amqp://guest:guest@127.0.0.1:${port}`,
  isInstalled: () => existsSync(SERVER),
  // The server opens with the frame Connection.Start; to another protocol version it answers with its own header.
  isReachable: (port) => answers(port, 'AMQP\0\0\t\u0001', (bytes) => bytes[0] === 1),
  async start({ port, offset, folder, remember }) {
    const user = serviceUser('rabbitmq');
    if (user) chownSync(folder, user.uid, user.gid);
    writeFileSync(join(folder, 'enabled_plugins'), '[].\n');
    writeFileSync(join(folder, 'epmd-port'), String(EPMD_PORT + offset));
    const env = {
      ...epmdEnv(offset),
      HOME: folder,
      RABBITMQ_NODENAME: `computalot${offset}@localhost`,
      RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
      RABBITMQ_NODE_PORT: String(port),
      RABBITMQ_DIST_PORT: String(DISTRIBUTION_PORT + offset),
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
      RABBITMQ_MNESIA_BASE: join(folder, 'data'),
      RABBITMQ_LOG_BASE: join(folder, 'logs'),
      RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
      RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq'),
      RABBITMQ_CONF_ENV_FILE: join(folder, 'rabbitmq-env.conf'),
      RABBITMQ_PID_FILE: join(folder, 'pid'),
    };
    remember(startProcess({ name: 'rabbitmq', folder, command: SERVER, args: [], env, user }));
  },
  /** epmd detaches itself from the node that started it, and ends on request once no node is left. */
  async afterStop(folder) {
    const port = existsSync(join(folder, 'epmd-port')) ? Number(await readText(join(folder, 'epmd-port'))) : null;
    const epmd = findProgram('epmd');
    if (port && epmd)
      spawnSync(epmd, ['-kill'], { env: { ...process.env, ...epmdEnv(port - EPMD_PORT) }, timeout: 5_000 });
  },
};

async function readText(path) {
  const { readFile } = await import('node:fs/promises');
  return readFile(path, 'utf8');
}
