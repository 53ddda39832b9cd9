import { chownSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { serviceUser } from './debian-packages.mjs';
import { runProgram, startProcess } from './processes.mjs';
import { answers } from './reach.mjs';

const VERSIONS = '/usr/lib/postgresql';

/** The newest installed server's programs, or null. */
function programs() {
  const versions = existsSync(VERSIONS) ? readdirSync(VERSIONS).sort((a, b) => Number(b) - Number(a)) : [];
  return (
    versions.map((version) => join(VERSIONS, version, 'bin')).find((bin) => existsSync(join(bin, 'initdb'))) ?? null
  );
}

/** A startup message for user and database `postgres`. */
function startup() {
  const body = Buffer.concat([Buffer.from([0, 3, 0, 0]), Buffer.from('user\0postgres\0database\0postgres\0\0')]);
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([length, body]);
}

/** 'R' with code 0: let in without a password, which is what the tests' standard URL needs. */
function isLetIn(bytes) {
  if (bytes.length < 9) return bytes[0] === 0x45 ? false : undefined;
  return bytes[0] === 0x52 && bytes.readInt32BE(5) === 0;
}

export const postgres = {
  name: 'postgres',
  port: 5432,
  packages: ['postgresql'],
  url: (port) => `postgresql://postgres@127.0.0.1:${port}/postgres`,
  isInstalled: () => programs() !== null,
  isReachable: (port) => answers(port, startup(), isLetIn),
  async start({ port, folder, remember }) {
    const user = serviceUser('postgres');
    if (user) chownSync(folder, user.uid, user.gid);
    const data = join(folder, 'data');
    mkdirSync(data, { mode: 0o700 });
    if (user) chownSync(data, user.uid, user.gid);
    runProgram(
      join(programs(), 'initdb'),
      ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8'],
      { user, cwd: folder },
    );
    const settings = { listen_addresses: '127.0.0.1', unix_socket_directories: folder, max_connections: '200' };
    const args = [
      '-D',
      data,
      '-p',
      String(port),
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ];
    remember(startProcess({ name: 'postgres', folder, command: join(programs(), 'postgres'), args, user }));
  },
};
