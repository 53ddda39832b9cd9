// Milliseconds from the answer 201 to the runner's first instruction, one job at a time on an idle system.
//   node benchmarks/latency.mjs [--shape standalone|distributed|both] [--jobs 200]
import { setTimeout as pause } from 'node:timers/promises';
import { options, quantile } from './lib/statistics.mjs';
import { start } from './lib/start.mjs';

const { shape, jobs } = options({ shape: 'both', jobs: 200 });
const shapes = shape === 'both' ? ['standalone', 'distributed'] : [shape];

// Each writes the wall clock as it begins. The interpreter's own start counts: it is part of what the user waits for.
const runners = {
  bash: ['bash', '-c', 't=$EPOCHREALTIME; echo "${t/./}000" > "$COMPUTALOT_TASK_RESULT"'],
  python: [
    'python3',
    '-I',
    '-S',
    '-c',
    'import time; t = time.time_ns(); import os; open(os.environ["COMPUTALOT_TASK_RESULT"], "w").write(str(t))',
  ],
};

const now = () => performance.timeOrigin + performance.now();

async function once(client, command) {
  const { id } = await client.submit(command);
  const answered = now();
  await client.completed(id, 1, 5);
  const { tasks } = await client.call('GET', `/results/${id}`);
  return tasks[0].result / 1e6 - answered;
}

for (const name of shapes) {
  const { platform, client } = await start(name);
  try {
    for (const [runner, command] of Object.entries(runners)) {
      for (let warm = 0; warm < 10; warm += 1) await once(client, command);
      const waits = [];
      for (let job = 0; job < jobs; job += 1) {
        waits.push(await once(client, command));
        // Idle means that nothing of the job before is still being written.
        await pause(20);
      }
      const [p50, p99, most] = [0.5, 0.99, 1].map((q) => quantile(waits, q).toFixed(1));
      console.log(`${name}, ${runner}: p50 ${p50} ms, p99 ${p99} ms, max ${most} ms (${jobs} jobs)`);
    }
  } finally {
    await platform.stop();
  }
}
