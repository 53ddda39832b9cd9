// The quickstart itself, on Node 24 and built code: server, project, job, live output, result.
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { followJob } from './follow-job.mjs';
import { startServer } from './server.mjs';
import { Screen } from './screen.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const example = join(root, 'examples', 'knn-iris');
const key = process.env.COMPUTALOT_ADMIN_KEY ?? `flk_${randomBytes(24).toString('base64url')}`;
const screen = new Screen(process.stdout);

const server = await startServer({ root, key, say: (line) => screen.line(line) }).catch((error) => {
  console.error(`\nThe server did not start: ${error.message}`);
  process.exit(1);
});
try {
  const status = await runExample();
  if (process.argv.includes('--exit')) {
    await server.stop();
    screen.line('Server stopped.');
    process.exitCode = status === 'completed' ? 0 : 1;
  } else {
    invite();
  }
} catch (error) {
  screen.done();
  console.error(`\nThe example failed: ${error.message}\nThe server's log: ${server.logFile}`);
  await server.stop();
  process.exitCode = 1;
}

async function runExample() {
  Object.assign(process.env, { COMPUTALOT_URL: server.url, COMPUTALOT_API_KEY: key });
  const { call, push, tasksOf } = await import('../../examples/client.mjs');
  const { report } = await import('../../examples/knn-iris/report.mjs');
  const job = JSON.parse(await readFile(join(example, 'job.json'), 'utf8'));
  const revision = await push(job.project, example);
  screen.line(
    `Pushed examples/knn-iris as project "${job.project}", revision ${String(revision.revision ?? revision.id).slice(0, 12)}`,
  );
  const { id } = await call('POST', '/jobs', job);
  screen.line(`Submitted ${id}: ${job.name}\n`);
  const ended = await followJob({ url: server.url, key, id, call, screen });
  screen.done();
  const counts = ended.task_counts;
  screen.line(`\n${id} ${ended.status}: ${counts.completed} of ${counts.total} tasks completed\n`);
  const tasks = await tasksOf(id);
  if (ended.status === 'completed') screen.line(report(tasks));
  else
    for (const task of tasks)
      if (task.error) screen.line(`task ${task.index}: ${task.error.code}: ${task.error.message}`);
  return ended.status;
}

function invite() {
  screen.line(`
The server stays up; Ctrl-C stops it.
  export COMPUTALOT_URL=${server.url}
  export COMPUTALOT_API_KEY=${key}
Next: node examples/run.mjs option-pricing, or ${server.url}/docs`);
}
