// Twelve generations, one job each: node examples/evolution/evolve.mjs
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { push, run, tasksOf } from '../client.mjs';
import { fitnessOf, report } from './report.mjs';
import { firstGeneration, nextGeneration } from './strategy.mjs';

const job = JSON.parse(readFileSync(new URL('job.json', import.meta.url), 'utf8'));
await push(job.project, fileURLToPath(new URL('.', import.meta.url)));

let items = firstGeneration();
for (let generation = 0; generation < 12; generation += 1) {
  const ended = await run({ ...job, name: `Rastrigin, generation ${generation}`, fan_out: { items } });
  if (ended.status !== 'completed') throw new Error(`${ended.id} ended ${ended.status}`);
  const tasks = await tasksOf(ended.id);
  console.log(`generation ${generation}: ${report(tasks)}`);
  const fitness = new Map(fitnessOf(tasks).map((each) => [each.id, each.fitness]));
  items = nextGeneration(
    items.map((item) => ({ ...item, fitness: fitness.get(item.id) })),
    generation + 1,
  );
}
