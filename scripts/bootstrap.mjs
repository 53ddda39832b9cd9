// Makes the checkout runnable: packages (they bring Node 24), then the build. Needs only Node 20 and npm; does nothing when all is in place.
// Usable alone: node scripts/bootstrap.mjs
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
const LEAST_NODE = 24;
const windows = process.platform === 'win32';

/** @returns {string} path of the Node to run everything with */
export function bootstrap() {
  installIfMissing();
  const node = findNode();
  buildIfOlder(node);
  return node;
}

/** @returns {string[]} what Node gets before the program's name, from the file that `scripts/service` reads too */
export function nodeFlags() {
  const lines = readFileSync(join(root, 'scripts', 'node-flags'), 'utf8').split(/\r?\n/);
  return lines.filter((line) => line.startsWith('--'));
}

function installIfMissing() {
  const installed = join(root, 'node_modules', '.package-lock.json');
  if (timeOf(installed) >= timeOf(join(root, 'package-lock.json'))) return;
  say('installing packages (once, about a minute)');
  const args = ['install', '--no-audit', '--no-fund', '--loglevel=error'];
  if (!run('npm', args, { shell: windows }))
    fail('npm install failed; its message is above. Check the network or proxy, then try again.');
  // npm leaves the file alone when there was nothing to do.
  if (existsSync(installed)) utimesSync(installed, new Date(), new Date());
}

function findNode() {
  const brought = join(root, 'node_modules', '.bin', windows ? 'node.cmd' : 'node');
  for (const node of [brought, process.execPath]) {
    if (existsSync(node) && majorOf(node) >= LEAST_NODE) return node;
  }
  return fail(
    `Node ${LEAST_NODE} or newer is needed and npm brings none for ${process.platform} ${process.arch}; this is ${process.version}. ` +
      `Install it from https://nodejs.org, then try again.`,
  );
}

function majorOf(node) {
  const { stdout } = spawnSync(node, ['--version'], { encoding: 'utf8', shell: windows });
  return Number(/^v(\d+)/.exec(stdout ?? '')?.[1] ?? 0);
}

function buildIfOlder(node) {
  const projects = [...projectsBelow(join(root, 'apps', 'standalone'))];
  const marker = join(root, 'apps', 'standalone', 'dist', '.built');
  const newest = newestSource(projects);
  if (timeOf(marker) >= newest && projects.every((project) => existsSync(join(project, 'dist')))) return;
  say('building');
  const tsc = join(root, 'node_modules', 'ts7', 'bin', 'tsc');
  if (!run(node, [tsc, '-b', 'apps/standalone'])) fail('the build failed; its message is above');
  mkdirSync(dirname(marker), { recursive: true });
  writeFileSync(marker, '');
  utimesSync(marker, new Date(newest), new Date(newest));
}

/** A project and all that its build refers to. */
function projectsBelow(project, found = new Set()) {
  if (found.has(project)) return found;
  found.add(project);
  const { references = [] } = JSON.parse(readFileSync(join(project, 'tsconfig.json'), 'utf8'));
  for (const { path } of references) projectsBelow(join(project, path), found);
  return found;
}

/** Milliseconds of the newest file that the build reads. */
function newestSource(projects) {
  const inputs = ['tsconfig.base.json', 'package-lock.json'].map((name) => timeOf(join(root, name)));
  for (const project of projects) inputs.push(timeOf(join(project, 'tsconfig.json')), newestIn(join(project, 'src')));
  return Math.ceil(Math.max(...inputs));
}

function newestIn(folder) {
  if (!existsSync(folder)) return 0;
  // A folder's own time tells of files that were removed.
  return readdirSync(folder, { withFileTypes: true }).reduce((newest, entry) => {
    const path = join(folder, entry.name);
    return Math.max(newest, entry.isDirectory() ? newestIn(path) : timeOf(path));
  }, timeOf(folder));
}

function timeOf(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function run(command, args, options = {}) {
  // On stderr: standard output belongs to what was asked for.
  const { status } = spawnSync(command, args, { cwd: root, stdio: ['inherit', 2, 2], ...options });
  return status === 0;
}

export function say(text) {
  process.stderr.write(`computalot: ${text}\n`);
}

export function fail(text) {
  say(text);
  process.exit(1);
}

/** Runs a program of this checkout in this one's place: same terminal, same arguments, signals passed on, its end is ours, and a channel tells it of ours. */
export function become(node, args, env = process.env) {
  // Compiled code is kept: a start loads about a thousand modules.
  const cache = { NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'node-compile') };
  const stdio = windows ? 'inherit' : ['inherit', 'inherit', 'inherit', 'ipc'];
  const child = spawn(node, args, { stdio, env: { ...cache, ...env }, shell: windows });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => fail(`cannot start ${node}: ${error.message}`));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) bootstrap();
