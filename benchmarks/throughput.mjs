// Tasks per second through the public API, durable settings, counted when all results are readable; against `xargs -P2` in the same run.
//   node benchmarks/throughput.mjs [--shape standalone|distributed|both] [--tasks 10000] [--runs 3]
import { execFileSync } from 'node:child_process';
import { median, options } from './lib/statistics.mjs';
import { start } from './lib/start.mjs';

const { shape, tasks, runs } = options({ shape: 'both', tasks: 10_000, runs: 3 });
const shapes = shape === 'both' ? ['standalone', 'distributed'] : [shape];

const rateOf = (seconds) => tasks / seconds;
const seconds = (since) => (performance.now() - since) / 1000;

function xargs() {
  const began = performance.now();
  execFileSync('sh', ['-c', `seq ${tasks} | xargs -P2 -n1 /bin/true`]);
  return rateOf(seconds(began));
}

async function computalot(client) {
  const began = performance.now();
  const { id } = await client.submit(['/bin/true'], tasks);
  await client.completed(id, tasks, 20);
  const rate = rateOf(seconds(began));
  const readable = await client.countResults(id);
  if (readable !== tasks) throw new Error(`${readable} results of ${tasks} could be read`);
  return rate;
}

const show = (label, rates) =>
  console.log(
    `${label.padEnd(44)} ${median(rates).toFixed(0).padStart(6)}/s   (${rates.map((rate) => rate.toFixed(0)).join(', ')})`,
  );

/** xargs and Computalot by turns, so that both meet the same machine. */
async function compare(name, executor) {
  const { platform, client } = await start(name, executor === 'none' ? { COMPUTALOT_EXECUTOR: 'none' } : {});
  try {
    const warm = await client.submit(['/bin/true'], 200);
    await client.completed(warm.id, 200, 20);
    const ours = [];
    const theirs = [];
    for (let run = 0; run < runs; run += 1) {
      if (executor !== 'none') theirs.push(xargs());
      ours.push(await computalot(client));
    }
    show(executor === 'none' ? `${name}, starting nothing` : `${name}, /bin/true each`, ours);
    if (theirs.length > 0) {
      show('  xargs -P2 in the same run', theirs);
      console.log(`  ratio of the medians: ${(median(ours) / median(theirs)).toFixed(2)}`);
    }
  } finally {
    await platform.stop();
  }
}

console.log(`${tasks} tasks, median of ${runs}`);
for (const name of shapes) {
  await compare(name, 'process');
  await compare(name, 'none');
}
