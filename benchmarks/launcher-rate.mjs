// How fast launchers start processes, against `xargs -P2` on the same machine.
//
//   npm run build && node benchmarks/launcher-rate.mjs [tasks=2000] [launchers=2] [rounds=3]
//
// Prints one JSON line: medians of the rates (starts of /bin/true per second), their ratio, and this process's CPU per task.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPython } from '../apps/worker/dist/drive-launchers/find-python.js';
import { LauncherProcess } from '../apps/worker/dist/drive-launchers/launcher-process.js';

const [tasks = 2_000, launchers = 2, rounds = 3] = process.argv.slice(2).map(Number);
const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

function xargsRate() {
  const begun = performance.now();
  spawnSync('sh', ['-c', `seq ${tasks} | xargs -P${launchers} -n1 /bin/true`]);
  return (tasks / (performance.now() - begun)) * 1000;
}

async function openLaunchers(base) {
  const opened = [];
  for (let slot = 0; slot < launchers; slot += 1) {
    const launcher = new LauncherProcess(findPython(), join(base, 'pycache'));
    launcher.setup({
      sandbox: 'auto',
      slot_dir: join(base, 'slots', String(slot)),
      revision_dir: null,
      uid: 20_000,
      gid: 20_000,
      hide: [],
      expose: {},
      limits: { nproc: 1_024 },
      inline_result_bytes: 8_192,
      max_artifacts: 100,
      shm_bytes: 1 << 24,
      oom_score_adj: 500,
      group: null,
    });
    const ready = await launcher.ready;
    if (ready.error) throw new Error(ready.error);
    opened.push({ launcher, sandbox: ready.sandbox });
  }
  return opened;
}

const env = Object.fromEntries(
  ['JOB_ID', 'TASK_ID', 'TASK_INDEX', 'ATTEMPT'].map((name) => [
    `COMPUTALOT_${name}`,
    'job_01h455vb4pex5vsknk084sn02q',
  ]),
);
const command = {
  argv: ['/bin/true'],
  env: { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8', ...env },
  timeout_s: 60,
  grace_s: 1,
  payload: '{"a":1}',
};

function launcherRate(opened) {
  let left = tasks;
  const begun = performance.now();
  const runOn = (launcher, done) => {
    if (left === 0) return done();
    left -= 1;
    launcher.run(command, {
      onOutput: () => undefined,
      onExit: (frame) => (frame.code === 0 ? runOn(launcher, done) : done(new Error(JSON.stringify(frame)))),
      onLost: (why) => done(new Error(why)),
    });
  };
  const all = opened.map(
    ({ launcher }) => new Promise((resolve, reject) => runOn(launcher, (error) => (error ? reject(error) : resolve()))),
  );
  return Promise.all(all).then(() => (tasks / (performance.now() - begun)) * 1000);
}

const base = mkdtempSync(join(tmpdir(), 'launcher-rate-'));
chmodSync(base, 0o711);
const opened = await openLaunchers(base);
const rates = { xargs: [], launchers: [] };
let cpu = 0;
for (let round = 0; round < rounds; round += 1) {
  rates.xargs.push(xargsRate());
  const before = process.cpuUsage();
  rates.launchers.push(await launcherRate(opened));
  const used = process.cpuUsage(before);
  cpu += (used.user + used.system) / 1000;
}
await Promise.all(opened.map(({ launcher }) => launcher.close()));
rmSync(base, { recursive: true, force: true });

const xargs = median(rates.xargs);
const ours = median(rates.launchers);
console.log(
  JSON.stringify({
    sandbox: opened[0].sandbox,
    tasks,
    launchers,
    rounds,
    xargs_per_s: Math.round(xargs),
    launchers_per_s: Math.round(ours),
    ratio: Number((ours / xargs).toFixed(2)),
    node_cpu_ms_per_task: Number((cpu / rounds / tasks).toFixed(3)),
  }),
);
