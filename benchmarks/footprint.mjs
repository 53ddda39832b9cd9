// Resident memory counts pages that processes share once for each of them, which makes the rows of Postgres look large.
// Cold start of standalone; resident memory of each service idle, after 10,000 and after 100,000 tasks; CPU milliseconds per task per service.
//   node benchmarks/footprint.mjs [--shape standalone|distributed|both] [--first 10000] [--more 90000] [--executor process|none]
import { setTimeout as pause } from 'node:timers/promises';
import { startStandalone } from '@computalot/testing';
import { measure } from './lib/processes.mjs';
import { median, options } from './lib/statistics.mjs';
import { start } from './lib/start.mjs';

const { shape, first, more, executor } = options({ shape: 'both', first: 10_000, more: 90_000, executor: 'process' });
const shapes = shape === 'both' ? ['standalone', 'distributed'] : [shape];

async function coldStart() {
  const times = [];
  for (let run = 0; run < 3; run += 1) {
    const began = performance.now();
    const platform = await startStandalone({ env: { LOG_LEVEL: 'warn' } });
    times.push((performance.now() - began) / 1000);
    await platform.stop();
  }
  console.log(
    `cold start of standalone, empty folder to ready: ${median(times).toFixed(2)} s (${times.map((t) => t.toFixed(2)).join(', ')})`,
  );
}

async function run(client, total) {
  const { id } = await client.submit(['/bin/true'], total);
  await client.completed(id, total, 100);
  // The garbage of the run should not count as what it leaves behind.
  await pause(5_000);
}

function table(title, before, after, last, tasks) {
  console.log(
    `\n${title}\n${'process'.padEnd(28)}${'idle MB'.padStart(10)}${`${first}`.padStart(10)}${`+${more}`.padStart(10)}${'CPU ms/task'.padStart(14)}`,
  );
  for (const [name, { rss, cpu }] of last) {
    const cell = (value) => (value === undefined ? '-' : value.toFixed(0)).padStart(10);
    const cpuPerTask = (cpu - (before.get(name)?.cpu ?? 0)) / tasks;
    console.log(
      `${name.padEnd(28)}${cell(before.get(name)?.rss)}${cell(after.get(name)?.rss)}${cell(rss)}${cpuPerTask.toFixed(3).padStart(14)}`,
    );
  }
}

if (shapes.includes('standalone')) await coldStart();
for (const name of shapes) {
  const { platform, client } = await start(name, { COMPUTALOT_EXECUTOR: executor });
  try {
    await pause(3_000);
    const idle = measure(platform.processes);
    await run(client, first);
    const after = measure(platform.processes);
    await run(client, more);
    table(name, idle, after, measure(platform.processes), first + more);
  } finally {
    await platform.stop();
  }
}
