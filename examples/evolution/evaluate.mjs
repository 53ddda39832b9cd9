// Evaluates candidates of an evolution strategy on the Rastrigin function (many local minima, the least is 0 at the origin).
// Input  one candidate {"id", "x": [numbers]}, or a batch {"items": [candidate, …]}
// Output {"results": [{"id", "fitness"}, …]} in the order of the items; for a single candidate {"id", "fitness"}
import { readFileSync, writeFileSync } from 'node:fs';

const payload = JSON.parse(readFileSync(process.env.COMPUTALOT_TASK_PAYLOAD, 'utf8'));
const candidates = payload.items ?? [payload];

const results = candidates.map(({ id, x }, done) => {
  const fitness = x.reduce((sum, v) => sum + v * v - 10 * Math.cos(2 * Math.PI * v), 10 * x.length);
  console.log(`candidate ${id}: ${fitness.toFixed(6)}`);
  console.log(`COMPUTALOT_PROGRESS:${JSON.stringify({ done: done + 1, total: candidates.length })}`);
  return { id, fitness };
});

writeFileSync(process.env.COMPUTALOT_TASK_RESULT, JSON.stringify(payload.items ? { results } : results[0]));
