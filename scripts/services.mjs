// node scripts/services.mjs up|down|status [redis rabbitmq postgres s3] [--port-offset N]
//
// Real services for the tests, on their standard local ports: what already answers is used, what is missing is installed from Debian's packages
// (root only) and started without systemd. `down` stops exactly what `up` started. Runs on Node 20 and needs no npm package.
import { rmSync } from 'node:fs';
import { installPackages } from './services/debian-packages.mjs';
import { isAlive, stopProcesses, waitUntil } from './services/processes.mjs';
import { postgres } from './services/postgres.mjs';
import { rabbitmq } from './services/rabbitmq.mjs';
import { redis } from './services/redis.mjs';
import { s3 } from './services/s3.mjs';
import { openState } from './services/service-state.mjs';

const all = { redis, postgres, rabbitmq, s3 };
const usage = `usage: node scripts/services.mjs up|down|status [${Object.keys(all).join('|')} ...] [--port-offset N]`;

/** Started processes are remembered before the service answers, so that a broken start can be taken down too. */
async function up(service, state, offset) {
  const port = service.port + offset;
  const url = service.url(port);
  if (await service.isReachable(port)) return `already running  ${url}`;
  // What an earlier start left half-way is in the way of this one.
  await down(service, state);
  if (!service.isInstalled()) installPackages(service.name, service.packages);
  state.begin(service.name);
  const context = {
    port,
    offset,
    folder: state.folder(service.name),
    remember: (started) => state.add(service.name, started),
  };
  await service.start(context);
  await waitUntil(`${service.name} to answer on port ${port}`, () => service.isReachable(port), {
    patience_s: 90,
    isHopeless: () => state.processes(service.name).every((started) => !isAlive(started)),
    logFolder: context.folder,
  });
  return `started          ${url}`;
}

async function down(service, state) {
  const started = state.processes(service.name);
  if (!started) return 'not ours';
  await stopProcesses(started);
  await service.afterStop?.(state.folder(service.name));
  rmSync(state.folder(service.name), { recursive: true, force: true });
  state.forget(service.name);
  return 'stopped';
}

async function status(service, state, offset) {
  const port = service.port + offset;
  const isUp = await service.isReachable(port);
  const whose = state.processes(service.name) ? ', started by this script' : '';
  return isUp ? `up${whose}  ${service.url(port)}` : `down${whose}  (port ${port})`;
}

async function main([command, ...rest]) {
  const at = rest.indexOf('--port-offset');
  const offset = at < 0 ? 0 : Number(rest.splice(at, 2)[1]);
  const names = rest.length > 0 ? rest : Object.keys(all);
  const verb = { up, down, status }[command];
  if (!verb || !Number.isInteger(offset) || names.some((name) => !all[name])) {
    console.error(usage);
    return 2;
  }
  const state = openState(offset);
  const ordered = command === 'down' ? names.reverse() : names;
  let failures = 0;
  for (const name of ordered) {
    try {
      console.log(`${name.padEnd(9)} ${await verb(all[name], state, offset)}`);
    } catch (error) {
      failures++;
      console.error(`${name.padEnd(9)} FAILED: ${error.message}`);
    }
  }
  return failures > 0 ? 1 : 0;
}

process.exitCode = await main(process.argv.slice(2));
