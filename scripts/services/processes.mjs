import { spawn, spawnSync } from 'node:child_process';
import { openSync, closeSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const TERM_PATIENCE_S = 15;

/**
 * Starts a program in a session of its own that outlives this script; its output goes to `<folder>/<name>.log`. `user` is {uid, gid} or absent.
 * Returns what identifies it later: a process id alone may belong to somebody else by then.
 */
export function startProcess({ name, folder, command, args, env = {}, user = {} }) {
  const log = openSync(join(folder, `${name}.log`), 'a');
  const child = spawn(command, args, {
    cwd: folder,
    detached: true,
    stdio: ['ignore', log, log],
    env: { ...process.env, ...env },
    ...user,
  });
  closeSync(log);
  if (child.pid === undefined) throw new Error(`${command} could not be started`);
  child.on('error', () => undefined);
  child.unref();
  return { pid: child.pid, birth: birthOf(child.pid) };
}

/** Runs a program to its end and returns its output. Throws with what it said. */
export function runProgram(command, args, { env = {}, user = {}, cwd, timeout_s = 120 } = {}) {
  const options = { cwd, encoding: 'utf8', env: { ...process.env, ...env }, timeout: timeout_s * 1000, ...user };
  const { status, stdout, stderr, error } = spawnSync(command, args, options);
  if (status === 0) return stdout;
  const said = `${stdout ?? ''}${stderr ?? ''}`.trim().split('\n').slice(-5).join('\n');
  throw new Error(`${command} ${args[0] ?? ''} failed (${error?.message ?? `exit ${status}`}): ${said}`);
}

export function isAlive({ pid, birth }) {
  return birth !== null && birthOf(pid) === birth;
}

/** SIGTERM to each process group, the last started first; SIGKILL to what is still there after a while. */
export async function stopProcesses(started) {
  for (const each of [...started].reverse()) {
    if (!isAlive(each)) continue;
    signalGroup(each.pid, 'SIGTERM');
    const isGone = await settles(() => !isAlive(each), TERM_PATIENCE_S);
    if (!isGone) signalGroup(each.pid, 'SIGKILL');
    await settles(() => !isAlive(each), 5);
  }
}

/** Asks until `isMet` says yes. Throws when patience ends, or at once when it is hopeless, with the end of the logs. */
export async function waitUntil(what, isMet, { patience_s, isHopeless, logFolder }) {
  const isOver = await settles(async () => (await isMet()) || isHopeless(), patience_s);
  if (isOver && (await isMet())) return;
  throw new Error(`gave up waiting for ${what}\n${lastWords(logFolder)}`);
}

async function settles(isMet, patience_s) {
  const end = Date.now() + patience_s * 1000;
  while (Date.now() < end) {
    if (await isMet()) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}

function lastWords(folder) {
  const logs = readdirSync(folder).filter((file) => file.endsWith('.log'));
  return logs
    .map((file) => `--- ${file}\n${readFileSync(join(folder, file), 'utf8').split('\n').slice(-12).join('\n')}`)
    .join('\n');
}

function signalGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

/** Start time in clock ticks since boot, field 22 of /proc/<pid>/stat; null for a process that is gone or a zombie. */
function birthOf(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return fields[0] === 'Z' ? null : fields[19];
  } catch {
    return null;
  }
}
