import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cephConfig } from './ceph-config.mjs';
import { findProgram } from './debian-packages.mjs';
import { isAlive, runProgram, startProcess, waitUntil } from './processes.mjs';
import { answers } from './reach.mjs';

const PROGRAMS = ['ceph', 'ceph-mon', 'ceph-osd', 'ceph-authtool', 'monmaptool', 'radosgw', 'radosgw-admin'];
const MONITOR_PORT = 16_789;
const KEYS = { access: 'COMPUTALOTKEY', secret: 'COMPUTALOTSECRET' };

/** Debian has no MinIO; Ceph's gateway is a complete S3. One monitor, one OSD, one gateway, all on loopback, without authentication among them. */
export const s3 = {
  name: 's3',
  port: 45_690,
  packages: ['radosgw', 'ceph-mon', 'ceph-osd', 'ceph-common'],
  url: (port) => `s3://${KEYS.access}:${KEYS.secret}@127.0.0.1:${port}/computalot-test?ssl=false`,
  isInstalled: () => PROGRAMS.every((name) => findProgram(name)),
  isReachable: (port) =>
    answers(port, 'GET / HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n', (bytes) =>
      bytes.includes('\r\n\r\n')
        ? /x-amz-request-id|ListAllMyBuckets|AmazonS3|MinIO/i.test(bytes.toString())
        : undefined,
    ),
  async start({ port, offset, folder, remember }) {
    for (const name of ['mon', 'osd', 'run']) mkdirSync(join(folder, name));
    const cluster = randomUUID();
    const monitor = `[v1:127.0.0.1:${MONITOR_PORT + offset}]`;
    writeFileSync(join(folder, 'ceph.conf'), cephConfig({ cluster, monitor, port, folder }));
    writeFileSync(join(folder, 'keyring'), '');
    const env = { CEPH_CONF: join(folder, 'ceph.conf') };
    const run = (name, ...args) => runProgram(findProgram(name), args, { env, cwd: folder, timeout_s: 60 });
    const start = (name, ...args) => {
      const started = startProcess({ name, folder, command: findProgram(name), args, env });
      remember(started);
      return started;
    };
    await startMonitor(run, start, { cluster, monitor, folder });
    await startStorage(run, start, folder);
    run(
      'radosgw-admin',
      'user',
      'create',
      '--uid=computalot',
      '--display-name=computalot',
      `--access-key=${KEYS.access}`,
      `--secret=${KEYS.secret}`,
    );
    start('radosgw', '-n', 'client.rgw.a', '-f');
  },
};

async function startMonitor(run, start, { cluster, monitor, folder }) {
  run('monmaptool', '--create', '--clobber', '--addv', 'a', monitor, '--fsid', cluster, 'monmap');
  run('ceph-authtool', '--create-keyring', 'mon.keyring', '--gen-key', '-n', 'mon.', '--cap', 'mon', 'allow *');
  run('ceph-mon', '--mkfs', '-i', 'a', '--monmap', 'monmap', '--keyring', 'mon.keyring');
  const started = start('ceph-mon', '-f', '-i', 'a');
  // A monitor that has just begun refuses what it will soon allow.
  const isReady = () => succeeds(() => run('ceph', '--connect-timeout', '5', 'mon', 'stat'));
  await waitUntil('the monitor', isReady, { patience_s: 60, isHopeless: () => !isAlive(started), logFolder: folder });
}

function succeeds(work) {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}

async function startStorage(run, start, folder) {
  const id = randomUUID();
  run('ceph', 'osd', 'new', id, '0');
  run('ceph-osd', '-i', '0', '--mkfs', '--osd-uuid', id);
  const osd = start('ceph-osd', '-f', '-i', '0');
  const isUp = () => / 1 up/.test(run('ceph', '--connect-timeout', '30', 'osd', 'stat'));
  await waitUntil('the storage daemon', isUp, { patience_s: 60, isHopeless: () => !isAlive(osd), logFolder: folder });
}
