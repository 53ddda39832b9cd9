import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';

const POLICY = '/usr/sbin/policy-rc.d';
let isListFresh = false;

/** The program's path, or null. Debian keeps servers where an ordinary user's PATH does not look. */
export function findProgram(name, folders = []) {
  const path = [...folders, '/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
  return path.map((folder) => `${folder}/${name}`).find((file) => existsSync(file)) ?? null;
}

/** Installs with apt without letting the packages start their services. Throws with what a person has to do where that is not possible. */
export function installPackages(service, packages) {
  const command = `apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  if (!findProgram('apt-get'))
    throw new Error(`${service} is not running and not installed, and there is no apt-get; start one yourself`);
  if (userInfo().uid !== 0) throw new Error(`${service} is not running and not installed; as root: ${command}`);
  const isPolicyOurs = !existsSync(POLICY);
  if (isPolicyOurs) {
    writeFileSync(POLICY, '#!/bin/sh\nexit 101\n');
    chmodSync(POLICY, 0o755);
  }
  try {
    if (!isListFresh) apt(['update', '-q']);
    isListFresh = true;
    apt(['install', '-y', '-q', '--no-install-recommends', ...packages]);
  } finally {
    if (isPolicyOurs) rmSync(POLICY, { force: true });
  }
}

function apt(args) {
  console.log(`          apt-get ${args.join(' ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const { status, stdout, stderr } = spawnSync('apt-get', args, { encoding: 'utf8', env, timeout: 600_000 });
  if (status !== 0)
    throw new Error(`apt-get ${args[0]} failed:\n${`${stdout}${stderr}`.trim().split('\n').slice(-8).join('\n')}`);
}

/** {uid, gid} of the user a service runs as when this is root; nothing when it is not (then it runs as whoever calls). */
export function serviceUser(name) {
  if (userInfo().uid !== 0) return undefined;
  const id = (flag) => Number(spawnSync('id', [flag, name], { encoding: 'utf8' }).stdout);
  return { uid: id('-u'), gid: id('-g') };
}
