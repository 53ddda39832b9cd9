import { expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { runtimeKey, runtimeSteps } from './runtime-steps.js';

test('init comes first, then what validates; nothing asked for is nothing to do', () => {
  const steps = runtimeSteps({
    validation: { commands: [{ command: ['check', 'it'] }], files: ['f'], executables: ['sh'] },
    init: [{ label: 'deps', command: ['npm', 'ci'] }],
  });
  expect(steps.map(({ code, what }) => [code, what])).toEqual([
    ['runtime_init_failed', 'the runtime.init command "deps"'],
    ['validation_failed', 'validation.executables'],
    ['validation_failed', 'validation.files'],
    ['validation_failed', 'the validation command "check it"'],
  ]);
  expect(runtimeSteps({ workdir: 'a', validation: { files: [] } })).toEqual([]);
});

test('the scripts name what is missing, and only that', () => {
  for (const [validation, said] of [
    [{ executables: ['sh', 'no such-program', 'cat'] }, 'the program no such-program is not found\n'],
    [{ files: ['/', 'no $HOME', '.'] }, 'the file no $HOME does not exist\n'],
    [{ files: ['.'] }, ''],
  ] as const) {
    const [program = '', ...args] = runtimeSteps({ validation: validation as never })[0]?.command.command ?? [];
    const { status, stdout } = spawnSync(program, args, { encoding: 'utf8' });
    expect([stdout, status]).toEqual([said, said === '' ? 0 : 1]);
  }
});

test('the key is that of revision and commands: labels and the order of variables make no other runtime', () => {
  const key = (revision: string, ...init: NonNullable<Parameters<typeof runtimeSteps>[0]['init']>) =>
    runtimeKey(revision, runtimeSteps({ init }));
  const one = key('r', { command: ['a'], env: { A: '1', B: '2' } });
  expect(key('r', { label: 'x', command: ['a'], env: { B: '2', A: '1' } })).toBe(one);
  for (const other of [
    key('s', { command: ['a'], env: { A: '1', B: '2' } }),
    key('r', { command: ['a'] }),
    key('r', { command: ['a'], cwd: 'd', env: { A: '1', B: '2' } }),
    key('r', { command: ['a'], env: { A: '1', B: '2' } }, { command: ['b'] }),
  ])
    expect(other).not.toBe(one);
});
