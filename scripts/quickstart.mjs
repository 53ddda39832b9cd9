// npm run quickstart [-- --exit]: from a fresh checkout to the result of a real job. Leaves the server up unless --exit is given.
import { parseArgs } from 'node:util';
import { become, bootstrap, fail, root, say } from './bootstrap.mjs';
import { join } from 'node:path';

const usage = 'usage: npm run quickstart [-- --exit]   (--exit: stop the server when the job has ended)';
let exit = false;
try {
  const { values } = parseArgs({ options: { exit: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } });
  if (values.help) {
    console.log(usage);
    process.exit(0);
  }
  exit = values.exit ?? false;
} catch (error) {
  say(error.message);
  fail(usage);
}
become(bootstrap(), [join(root, 'scripts', 'quickstart', 'run.mjs'), ...(exit ? ['--exit'] : [])]);
