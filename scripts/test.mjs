// npm test: installs what is missing, builds, checks form and types, then runs the tests by size (docs: CONTRIBUTING.md).
// Runs on Node 20; everything it starts runs on the Node 24 that the install brings. The last line sums up; CI=true allows no skipped test.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, relative, resolve } from 'node:path';

const root = resolve(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..');
const bin = join(root, 'node_modules', '.bin');
const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}`, NX_DAEMON: 'false', NX_TUI: 'false' };
const scratch = mkdtempSync(join(tmpdir(), 'computalot-test-'));
const sum = { passed: 0, failed: 0, skipped: 0 };
const skipped = [];

/** In processes that are replaced when they have grown: the module graphs of all files together need more than Node's heap. */
const TWO_FILES_AT_ONCE = ['--maxWorkers=2', '--workerIdleMemoryLimit=1GB'];

function step(title, command, args, extra = {}) {
  console.log(`\n==> ${title}`);
  const started = Date.now();
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...env, ...extra } });
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  const ok = status === 0 && !error;
  console.log(`==> ${title}: ${ok ? 'passed' : `FAILED${error ? ` (${error.message})` : ''}`} after ${seconds} s`);
  return ok;
}

/** A check that is no test of its own counts as one. */
function check(title, script) {
  if (step(title, 'npm', ['run', '--silent', script])) sum.passed += 1;
  else sum.failed += 1;
}

/** The system's files run one at a time: each starts whole platforms. */
function tests(size, ...flags) {
  const report = join(scratch, `${size}.json`);
  const jest = [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    join(root, 'node_modules/jest/bin/jest.js'),
  ];
  const ok = step(
    `${size} tests`,
    join(bin, 'node'),
    [...jest, '--json', `--outputFile=${report}`, '--passWithNoTests', ...flags],
    { TEST_SIZE: size },
  );
  count(ok, read(report));
}

function read(report) {
  try {
    return JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    return null;
  }
}

function count(ok, result) {
  const failed = result ? result.numFailedTests + result.numRuntimeErrorTestSuites : 1;
  sum.passed += result?.numPassedTests ?? 0;
  // Jest also fails for reasons that are no test, such as an unmet --forceExit; that must not read as success.
  sum.failed += ok ? failed : Math.max(failed, 1);
  for (const suite of result?.testResults ?? []) {
    const pending = suite.assertionResults.filter(({ status }) => status === 'pending' || status === 'todo');
    sum.skipped += pending.length;
    if (pending.length > 0)
      skipped.push({ file: relative(root, suite.name), names: pending.map(({ fullName }) => fullName) });
  }
}

/** What the tests found to run against, in the words of libs/testing; asked again here so that the answer stands at the end. */
function explainSkipped() {
  if (skipped.length === 0) return;
  console.log('\nNot run:');
  for (const { file, names } of skipped) console.log(`  ${file}: ${names.length} tests, e.g. "${names[0]}"`);
  console.log('\nServices:');
  const describe = `const t = await import('@computalot/testing'); console.log(await t.describeServices());`;
  spawnSync(join(bin, 'node'), ['--input-type=module', '-e', describe], { cwd: root, stdio: 'inherit', env });
}

function finish() {
  rmSync(scratch, { recursive: true, force: true });
  explainSkipped();
  const strict = process.env.CI === 'true';
  if (strict && sum.skipped > 0) console.log('\nCI=true: a skipped test is a failure.');
  console.log(`\n${sum.passed} passed, ${sum.failed} failed${sum.skipped > 0 ? `, ${sum.skipped} skipped` : ''}`);
  process.exitCode = sum.failed > 0 || (strict && sum.skipped > 0) ? 1 : 0;
}

if (step('install', process.execPath, [join(root, 'scripts/bootstrap.mjs')])) {
  check('build', 'build');
  check('format', 'format:check');
  check('lint', 'lint');
  check('types of the specs', 'typecheck');
  tests('unit', ...TWO_FILES_AT_ONCE);
  tests('integration', ...TWO_FILES_AT_ONCE);
  tests('system', '--runInBand');
} else {
  sum.failed += 1;
}
finish();
