import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { describeWith } from './describe-with.js';

type Registered = { kind: 'suite' | 'skipped' | 'test'; title: string; body: () => void };

const real = { describe, test, ci: process.env.CI };
let registered: Registered[];

/** Stands in for Jest's globals, so that what `describeWith` registers is seen instead of run. */
beforeEach(() => {
  registered = [];
  const register = (kind: Registered['kind']) => (title: string, body: () => void) =>
    registered.push({ kind, title, body });
  Object.assign(globalThis, {
    describe: Object.assign(register('suite'), { skip: register('skipped') }),
    test: register('test'),
  });
  delete process.env.CI;
  jest.spyOn(console, 'warn').mockImplementation(() => undefined);
});
afterEach(() => {
  Object.assign(globalThis, { describe: real.describe, test: real.test });
  if (real.ci !== undefined) process.env.CI = real.ci;
  jest.restoreAllMocks();
});

const absent = { name: 'live', url: null, how: '127.0.0.1:6379: refused; no Docker' } as const;

describe('describeWith', () => {
  test('a service that was found: the suite runs with its URL', () => {
    const suite = jest.fn();
    describeWith({ name: 'live', url: 'redis://here', how: '' }, 'feed', suite);
    expect(registered).toMatchObject([{ kind: 'suite', title: 'feed' }]);
    registered[0]!.body();
    expect(suite).toHaveBeenCalledWith('redis://here');
  });

  test('absent: skipped, with the reason in the title and in one line', () => {
    describeWith(absent, 'feed', jest.fn());
    expect(registered).toMatchObject([{ kind: 'skipped', title: expect.stringContaining('Redis was not found') }]);
    expect(console.warn).toHaveBeenCalledTimes(1);
    expect(console.warn).toHaveBeenCalledWith(expect.stringMatching(/^Not run: feed: Redis was not found \(127/));
  });

  test('absent with CI=true: a failing test, never a skip', () => {
    process.env.CI = 'true';
    describeWith(absent, 'feed', jest.fn());
    expect(registered).toMatchObject([{ kind: 'test', title: 'feed' }]);
    expect(registered[0]!.body).toThrow('nothing may be skipped');
  });
});
