// Milliseconds from a runner's write to the reader of the event stream: idle, with 200 running tasks, with 2,000 readers on one gateway (and what they
// cost it); CPU per MB of output. The readers are in this process, on the same two cores.
//   node benchmarks/live.mjs [--shape standalone|distributed|both] [--lines 400] [--tasks 200] [--readers 2000] [--seconds 20] [--mb 100]
import { setTimeout as pause } from 'node:timers/promises';
import { follow } from './lib/event-stream.mjs';
import { measure } from './lib/processes.mjs';
import { options, quantile } from './lib/statistics.mjs';
import { start } from './lib/start.mjs';

const given = { shape: 'both', lines: 400, tasks: 200, readers: 2000, seconds: 20, mb: 100 };
const { shape, lines, tasks, readers, seconds, mb } = options(given);
const shapes = shape === 'both' ? ['standalone', 'distributed'] : [shape];

const now = () => performance.timeOrigin + performance.now();
/** Prints the clock, every so often. */
const clock = (count, every_s) =>
  `import time\nfor n in range(${count}):\n    print(time.time_ns(), flush=True)\n    time.sleep(${every_s})`;
const flood = `import sys\nline = b"x" * 99 + b"\\n"\nfor n in range(${mb} * 100):\n    sys.stdout.buffer.write(line * 100)`;

const python = (code) => ['python3', '-I', '-S', '-c', code];
const submit = (client, command, total, cpu) =>
  client.call('POST', '/jobs', {
    project: 'bench',
    runner_command: command,
    payload: {},
    requirements: { cpu },
    ...(total > 1 && { fan_out: { chunks: total, range_field: 'n', total } }),
  });

/** Calls `onWait` with the age of each clock reading in an output event. */
function ages(data, onWait) {
  const arrived = now();
  for (const line of JSON.parse(data).text.split('\n')) if (line.length === 19) onWait(arrived - Number(line) / 1e6);
}

const shown = (waits) =>
  `p50 ${quantile(waits, 0.5).toFixed(1)} ms, p99 ${quantile(waits, 0.99).toFixed(1)} ms, max ${quantile(waits, 1).toFixed(0)} ms (${waits.length} lines)`;

async function oneReader(client, count, every_s, total, cpu) {
  const { id } = await submit(client, python(clock(count, every_s)), total, cpu);
  // Counted once all run: 200 interpreters that start on two cores are another matter.
  let running = 0;
  const waits = [];
  const reader = await follow(client, `/jobs/${id}/stream`, 'output', (data) =>
    ages(data, (wait) => running === total && waits.push(wait)),
  );
  const counts = setInterval(async () => {
    const { task_counts } = await client.call('GET', `/jobs/${id}`);
    running = Math.max(running, task_counts.running);
  }, 250);
  await client.completed(id, total, 250);
  clearInterval(counts);
  await pause(500);
  reader.close();
  return { waits, running };
}

async function manyReaders(client, platform) {
  const { id } = await submit(client, python(clock(seconds * 10, 0.1)), 1, 1);
  const gateway = () => measure(platform.processes).get('api-gateway') ?? measure(platform.processes).get('standalone');
  const before = gateway();
  const waits = [];
  const open = [];
  const onData = (data) => ages(data, (wait) => waits.push(wait));
  const stream = `/jobs/${id}/stream`;
  for (let n = 0; n < readers; n += 100)
    open.push(...(await Promise.all(Array.from({ length: 100 }, () => follow(client, stream, 'output', onData)))));
  waits.length = 0;
  const [from, began] = [gateway(), now()];
  await pause((seconds * 1_000) / 2);
  const [to, ended] = [gateway(), now()];
  const while_s = (ended - began) / 1_000;
  console.log(`  ${readers} readers of one task, 10 lines a second each: ${shown(waits)}`);
  console.log(
    `    gateway: ${Math.round((to.cpu - from.cpu) / while_s / 10)} % of a core, ${before.rss.toFixed(0)} → ${to.rss.toFixed(0)} MB, ` +
      `${Math.round(waits.length / while_s)} events a second delivered`,
  );
  for (const reader of open) reader.close();
  await client.call('PUT', `/jobs/${id}/cancel`);
}

async function costOfOutput(client, platform) {
  await pause(3_000);
  const before = measure(platform.processes);
  const { id } = await submit(client, python(flood), 1, 1);
  await client.completed(id, 1, 100);
  const rows = [...measure(platform.processes)].map(([name, { cpu }]) => [
    name,
    (cpu - (before.get(name)?.cpu ?? 0)) / mb,
  ]);
  const parts = rows.filter(([, cost]) => cost >= 0.05).map(([name, cost]) => `${name} ${cost.toFixed(1)}`);
  console.log(`  CPU ms per MB of output (${mb} MB of one task): ${parts.join(', ')}`);
}

for (const name of shapes) {
  const { platform, client } = await start(name, { WORKER_MAX_SLOTS: String(tasks) });
  try {
    console.log(`${name}, from write to reader:`);
    await oneReader(client, 20, 0.05, 1, 1);
    const idle = await oneReader(client, lines, 0.05, 1, 1);
    console.log(`  idle, one task: ${shown(idle.waits)}`);
    const busy = await oneReader(client, seconds * 2, 0.5, tasks, 0.005);
    console.log(`  ${busy.running} of ${tasks} tasks running, 2 lines a second each: ${shown(busy.waits)}`);
    await manyReaders(client, platform);
    await costOfOutput(client, platform);
  } finally {
    await platform.stop();
  }
}
