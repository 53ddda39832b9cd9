import type { RunContext, RuntimeSpec, TaskReport } from '@computalot/contracts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { readFileSync, readdirSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { CancelAttempts } from '../cancel-attempts/cancel-attempts.service.js';
import {
  assign,
  contextOf,
  decode,
  endOf,
  Outside,
  serveObjects,
  startWorker,
  until,
  type TestWorker,
} from '../testing/outside.js';
import { pushRevision } from '../testing/revision.js';
import { modes } from '../testing/test-slot.js';

const outside = new Outside();
let server: Server;

beforeAll(async () => {
  Logger.overrideLogger(false);
  server = await serveObjects(outside);
  outside.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());

const sh = (script: string) => ({ command: ['sh', '-c', script] });
const out = ({ stdout }: TaskReport) => decode(stdout?.tail);
let salt = 0;

describe.each(modes)('in the %s sandbox', (sandbox) => {
  let worker: TestWorker;
  beforeAll(async () => {
    worker = await startWorker(outside, { sandbox });
  });
  afterAll(async () => {
    await worker.app.close();
    rmSync(worker.dataDir, { recursive: true, force: true });
  });

  const runtimes = () => readdirSync(join(worker.dataDir, 'runtimes'));
  /** A revision that nobody had before, so that nothing is prepared of it. */
  const revisionOf = (files: Record<string, string> = {}) =>
    pushRevision(outside, { ...files, salt: `${sandbox} ${(salt += 1)}` });
  const run = async (runtime: RuntimeSpec, over: Partial<RunContext> & { script?: string } = {}): Promise<TaskReport> =>
    endOf(outside, assign(worker, contextOf({ ...over, revision: over.revision ?? revisionOf(), runtime })).job_id);
  const initLog = (revision: string) => {
    const name = runtimes().find(
      (entry) =>
        entry.endsWith('.log') && readFileSync(join(worker.dataDir, 'runtimes', entry), 'utf8').includes(revision),
    );
    return name === undefined ? '' : readFileSync(join(worker.dataDir, 'runtimes', name), 'utf8');
  };

  test('a Python environment made once serves all tasks of all jobs, which change nothing of it', async () => {
    const revision = revisionOf({ 'lib/answer.py': 'VALUE = 42\n' });
    const runtime = {
      init: [
        { label: 'venv', command: ['python3', '-m', 'venv', '--without-pip', '.venv'] },
        {
          label: 'install',
          ...sh('cp answer.py ../.venv/lib/python3*/site-packages/; echo "run $MARK" >> ../runs'),
          cwd: 'lib',
          env: { MARK: revision },
        },
        { label: 'tell', ...sh(`echo told ${revision}`) },
      ],
    };
    const script = '.venv/bin/python -c "import answer; print(answer.VALUE)"; cat runs; echo mine >> runs; rm -r lib';
    const jobs = [1, 2].map(
      () => assign(worker, contextOf({ revision, runtime, script, requirements: { cpu: 0.5 } }), 3).job_id,
    );
    for (const job of jobs)
      for (const index of [0, 1, 2]) expect(out(await endOf(outside, job, index))).toBe(`42\nrun ${revision}\n`);
    expect(initLog(revision)).toContain(`told ${revision}`);
  });

  test('a build in the folder of the tasks, which find its product there', async () => {
    const revision = revisionOf({ 'src/mod.py': 'print("compiled")' });
    const runtime = {
      workdir: 'src',
      init: [{ command: ['python3', '-m', 'compileall', '-q', '-b', '.'] }],
      validation: { files: ['src/mod.pyc'], executables: ['python3'] },
    };
    expect(out(await run(runtime, { revision, command: ['python3', 'mod.pyc'] }))).toBe('compiled\n');
  });

  test('a command that fails is tried twice, then told to every task with its name and output, and not run again for those that follow', async () => {
    const revision = revisionOf();
    const runtime = {
      init: [
        { label: 'first', ...sh('echo fine') },
        { label: 'deps', ...sh(`echo ${revision} no such package; exit 3`) },
      ],
    };
    for (let job = 0; job < 2; job++) {
      const report = await run(runtime, { revision });
      expect(report).toMatchObject({
        kind: 'failed',
        reason: 'invalid',
        error: {
          code: 'runtime_init_failed',
          message: `the runtime.init command "deps" ended with exit code 3. Its output ends:\n${revision} no such package`,
        },
      });
    }
    expect(initLog(revision).match(/no such package/g)).toHaveLength(2);
    expect(runtimes().filter((name) => name.startsWith('.'))).toEqual([]);
  });

  test.each<[string, RuntimeSpec, object]>([
    [
      'a file that is missing',
      { validation: { files: ['salt', 'model.bin'] } },
      { message: expect.stringMatching(/^validation\.files .*\n.*model\.bin does not exist$/) },
    ],
    [
      'a program that is missing',
      { validation: { executables: ['sh', 'cuda-nope'] } },
      { message: expect.stringContaining('the program cuda-nope is not found') },
    ],
    [
      'a command that fails',
      { validation: { commands: [{ label: 'import', ...sh('kill -9 $$') }] } },
      { message: expect.stringMatching(/command "import" was ended by SIGKILL\. It wrote nothing/) },
    ],
  ])('validation names %s', async (_name, runtime, error) => {
    expect(await run(runtime)).toMatchObject({
      kind: 'failed',
      reason: 'invalid',
      error: { code: 'validation_failed', ...error },
    });
  });

  test('a command that does not exist, and a container', async () => {
    expect(await run({ init: [{ command: ['no-such-tool'] }] })).toMatchObject({
      error: { code: 'runtime_init_failed', message: expect.stringContaining('cannot be run') },
    });
    expect(await run({ kind: 'oci' })).toMatchObject({
      kind: 'failed',
      error: { code: 'runtime_init_failed', message: expect.stringContaining('no containers') },
    });
  });

  test('a cancel ends what only this job waits for, and is confirmed when nothing of it is alive', async () => {
    const mark = String(3_000_000 + process.pid * 10 + salt);
    const alive = () => readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && commandLine(pid).includes(mark));
    const runtime = { init: [{ label: 'long', ...sh(`sleep ${mark} & wait`) }] };
    const revision = revisionOf();
    const [one, two] = [0, 1].map(() => assign(worker, contextOf({ revision, runtime }), 2).job_id) as [string, string];
    await until(() => alive().length > 0);
    const cancel = (job: string) => worker.app.get(CancelAttempts).cancel({ jobs: [job], attempts: [], grace_s: 0.1 });
    cancel(one);
    for (const index of [0, 1]) expect((await endOf(outside, one, index)).kind).toBe('cancelled');
    expect(alive().length).toBeGreaterThan(0);
    cancel(two);
    for (const index of [0, 1]) expect((await endOf(outside, two, index)).kind).toBe('cancelled');
    expect(alive()).toEqual([]);
    expect(runtimes().filter((name) => name.startsWith('.'))).toEqual([]);
  });
});

test('a full cache gives up what no job holds, and what a running task sees stays', async () => {
  const small = await startWorker(outside, { cacheBytes: 1 });
  const init = [{ command: ['sh', '-c', 'echo made > product'] }];
  const revision = pushRevision(outside, { cached: '1' });
  const there = () => readdirSync(join(small.dataDir, 'runtimes')).filter((name) => !name.includes('.'));
  const start = (script: string) => assign(small, contextOf({ revision, runtime: { init }, script })).job_id;
  const running = start('echo up; while [ ! -e $COMPUTALOT_CHECKPOINT_DIR/go ]; do sleep 0.02; done; cat product');
  await until(() => outside.live.some(({ job }) => job === running));
  expect(there()).toHaveLength(1);
  expect(out(await endOf(outside, start('cat product')))).toBe('made\n');
  small.app.get(CancelAttempts).cancel({ jobs: [running], attempts: [], grace_s: 0 });
  await endOf(outside, running);
  await until(() => there().length === 0);
  // Gone is not lost: whoever needs it has it made anew, in a place that knows nothing of the old one.
  expect(out(await endOf(outside, start('cat product')))).toBe('made\n');
  await small.app.close();
  rmSync(small.dataDir, { recursive: true, force: true });
});

test('what takes too long is ended and says how long it may take', async () => {
  const hasty = await startWorker(outside, { initTimeout_s: 0.3 });
  const runtime = { init: [{ label: 'slow', ...sh('echo begun; sleep 60') }] };
  const { job_id } = assign(hasty, contextOf({ revision: pushRevision(outside, { slow: '1' }), runtime }));
  const { error } = await endOf(outside, job_id);
  expect(error).toEqual({
    code: 'runtime_init_failed',
    message:
      'the runtime.init command "slow" was ended: preparing a runtime may take 0.3 seconds in all. Its output ends:\nbegun',
  });
  await hasty.app.close();
  rmSync(hasty.dataDir, { recursive: true, force: true });
});

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
