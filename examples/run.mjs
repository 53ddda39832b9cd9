// Pushes an example and runs its job on a running Computalot: node examples/run.mjs <name>
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { push, run, tasksOf } from './client.mjs';

const name = process.argv[2];
if (!/^[a-z-]+$/.test(name ?? '')) {
  console.error('usage: node examples/run.mjs knn-iris | option-pricing | evolution');
  process.exit(2);
}
const folder = new URL(`${name}/`, import.meta.url);
const job = JSON.parse(readFileSync(new URL('job.json', folder), 'utf8'));
const { report } = await import(new URL('report.mjs', folder));

await push(job.project, fileURLToPath(folder));
const ended = await run(job, ({ id, status, task_counts: counts }) =>
  console.log(`${id} ${status} ${JSON.stringify(counts)}`),
);
console.log(report(await tasksOf(ended.id)));
process.exitCode = ended.status === 'completed' ? 0 : 1;
