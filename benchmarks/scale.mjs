// One job of 1,000,000 tasks: accepted, planned, read, cancelled, its results streamed; each figure with the one that was asked for.
// Its tasks sleep, so that planning is measured alone; a second job of the same size, of /bin/true, is planned while its tasks run.
//   node benchmarks/scale.mjs [--shape standalone|distributed|both] [--tasks 1000000] [--finished 20000]
import { setTimeout as pause } from 'node:timers/promises';
import { countLines, timedJson, walkTasks } from './lib/read-at-scale.mjs';
import { followMemory } from './lib/follow-memory.mjs';
import { AskedTable } from './lib/asked-table.mjs';
import { options } from './lib/statistics.mjs';
import { start } from './lib/start.mjs';

const { shape, tasks, finished } = options({ shape: 'both', tasks: 1_000_000, finished: 20_000 });
const shapes = shape === 'both' ? ['standalone', 'distributed'] : [shape];

const WRITES_RESULT = ['sh', '-c', 'echo "{\\"score\\": 0.5, \\"seeds\\": [1, 2, 3]}" > "$COMPUTALOT_TASK_RESULT"'];
const elapsed = (from, to) => new Date(to).getTime() - new Date(from).getTime();

/** Leaves a part of each worker free, where other jobs go on. */
const wide = (command) => ({
  project: 'bench',
  runner_command: command,
  payload: {},
  requirements: { cpu: 0.75 },
  fan_out: { chunks: tasks, range_field: 'n', total: tasks },
});

/** Waits until `isEnough(job)`, reading the job every 20 ms. @returns the job and every time a reading took */
async function follow(client, id, isEnough) {
  const times = [];
  for (;;) {
    const { ms, body: job } = await timedJson(client, `/jobs/${id}`);
    times.push(ms);
    if (isEnough(job)) return { job, times };
    await pause(20);
  }
}

async function accept(client, command, table) {
  const began = performance.now();
  const { id } = await client.call('POST', '/jobs', wide(command));
  table.row('accepted', performance.now() - began, { below: 100, unit: 'ms' });
  return id;
}

/** From acceptance to the last inserted task, reading the job all the while. */
async function plan(client, command, table) {
  const id = await accept(client, command, table);
  const { job, times } = await follow(client, id, ({ planned_at, started_at }) => planned_at && started_at);
  table.row('first task started', elapsed(job.created_at, job.started_at), { below: 1_000, unit: 'ms' });
  const seconds = elapsed(job.created_at, job.planned_at) / 1_000;
  table.row('tasks planned a second', tasks / seconds, { above: 50_000 });
  table.times('GET /jobs/:id meanwhile', times, 20);
  return id;
}

async function read(client, id, table) {
  const times = [];
  for (let turn = 0; turn < 100; turn += 1) times.push((await timedJson(client, `/jobs/${id}`)).ms);
  table.times('GET /jobs/:id', times, 20);
  table.times('GET …/tasks?limit=500, every page', await walkTasks(client, id, tasks), 50);
  for (const status of ['queued', 'running', 'completed', 'failed'])
    table.times(`GET …/tasks?limit=500&status=${status}`, await walkTasks(client, id, 20 * 500, status), 50);
  table.times('GET /results/:id?limit=500', await walkTasks(client, id, 20 * 500, undefined, 'results'));
}

/** Cancels the job; meanwhile another one must go on. */
async function cancel(client, id, table) {
  const began = performance.now();
  await client.call('PUT', `/jobs/${id}/cancel`);
  table.row('cancel answered', performance.now() - began, { unit: 'ms' });
  const other = performance.now();
  const small = await client.call('POST', '/jobs', {
    project: 'bench',
    runner_command: ['/bin/true'],
    payload: {},
    requirements: { cpu: 0.25 },
  });
  await client.completed(small.id, 1, 5);
  table.row('another job, begun meanwhile, to its result', performance.now() - other, { unit: 'ms' });
  await follow(client, id, ({ status }) => status === 'cancelled');
  table.row('all of it cancelled after', performance.now() - began, {
    unit: 'ms',
  });
}

async function stream(client, id, total, what, table) {
  const { lines, ms, first_ms } = await countLines(client, `/results/${id}`);
  if (lines !== total) throw new Error(`${lines} results of ${total} were streamed`);
  table.row(`first byte of the results stream (${what})`, first_ms, { unit: 'ms' });
  table.row(`results streamed a second (${total} ${what})`, (lines / ms) * 1_000, { above: 20_000 });
}

async function run(name) {
  const { platform, client } = await start(name);
  const table = new AskedTable(`${name}, ${tasks} tasks`);
  try {
    const warm = await client.submit(['/bin/true'], 200);
    await client.completed(warm.id, 200, 20);
    const memory = followMemory(platform.processes);
    const idle = await plan(client, ['sleep', '3600'], table);
    table.memory(memory.report('planned'));
    await read(client, idle, table);
    table.memory(memory.report('read'));
    await cancel(client, idle, table);
    table.memory(memory.report('cancelled'));
    await stream(client, idle, tasks, 'cancelled', table);
    table.memory(memory.report('streamed'));
    table.title('the same while its tasks run');
    const busy = await plan(client, ['/bin/true'], table);
    await cancel(client, busy, table);
    table.title('results that programs wrote');
    const { id } = await client.submit(WRITES_RESULT, finished);
    await client.completed(id, finished, 100);
    await stream(client, id, finished, 'completed', table);
    memory.stop();
  } finally {
    await platform.stop();
  }
}

for (const name of shapes) await run(name);
