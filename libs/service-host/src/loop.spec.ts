import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { Loop, loopBackoffMs } from './loop.js';

const quiet = { error: () => undefined };
/** Lets the promises between two timers settle. */
const settle = () => jest.advanceTimersByTimeAsync(0);

function gate() {
  let open!: () => void;
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { open, passed };
}

describe('Loop', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  test('runs at start and then once per interval, counted from the end of a run', async () => {
    const runOnce = jest.fn(async () => 1);
    const loop = new Loop({ name: 'l', everyMs: 1_000, runOnce, logger: quiet });
    loop.start();
    await settle();
    expect(runOnce).toHaveBeenCalledTimes(1);
    await jest.advanceTimersByTimeAsync(999);
    expect(runOnce).toHaveBeenCalledTimes(1);
    await jest.advanceTimersByTimeAsync(1);
    expect(runOnce).toHaveBeenCalledTimes(2);
    await loop.stop();
  });

  test('a wake runs it at once; wakes during a run cause exactly one more run and never two at a time', async () => {
    const gates = [gate(), gate()];
    let calls = 0;
    let concurrent = 0;
    let most = 0;
    const runOnce = async () => {
      most = Math.max(most, ++concurrent);
      await gates[calls++]?.passed;
      concurrent -= 1;
    };
    const loop = new Loop({ name: 'l', everyMs: 60_000, runOnce, logger: quiet });
    loop.start();
    await settle();
    for (let i = 0; i < 10; i++) loop.wake();
    gates[0]!.open();
    await settle();
    expect(calls).toBe(2);
    gates[1]!.open();
    await settle();
    expect(calls).toBe(2);
    loop.wake();
    await settle();
    expect(calls).toBe(3);
    expect(most).toBe(1);
    await loop.stop();
  });

  test('with a spacing the first wake runs at once and any number of further ones make one run a spacing later', async () => {
    const runOnce = jest.fn(async () => 1);
    const loop = new Loop({ name: 'l', everyMs: 60_000, spacingMs: 10, runOnce, logger: quiet });
    loop.start();
    await settle();
    expect(runOnce).toHaveBeenCalledTimes(1);
    for (let i = 0; i < 5; i++) loop.wake();
    await jest.advanceTimersByTimeAsync(9);
    expect(runOnce).toHaveBeenCalledTimes(1);
    await jest.advanceTimersByTimeAsync(1);
    expect(runOnce).toHaveBeenCalledTimes(2);
    await jest.advanceTimersByTimeAsync(50);
    loop.wake();
    await settle();
    expect(runOnce).toHaveBeenCalledTimes(3);
    await loop.stop();
  });

  test('a lazy wake runs it within its time, and an eager one does not wait for the lazy one', async () => {
    const runOnce = jest.fn(async () => 1);
    const loop = new Loop({ name: 'l', everyMs: 60_000, runOnce, logger: quiet });
    loop.start();
    await settle();
    loop.wake(100);
    await jest.advanceTimersByTimeAsync(99);
    expect(runOnce).toHaveBeenCalledTimes(1);
    await jest.advanceTimersByTimeAsync(1);
    expect(runOnce).toHaveBeenCalledTimes(2);
    loop.wake(100);
    loop.wake(10);
    loop.wake(100);
    await jest.advanceTimersByTimeAsync(10);
    expect(runOnce).toHaveBeenCalledTimes(3);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(runOnce).toHaveBeenCalledTimes(3);
    await loop.stop();
  });

  test('a failing run is logged, backed off even when woken, and recovers', async () => {
    const error = jest.fn();
    let healthy = false;
    const runOnce = jest.fn(async () => {
      if (!healthy) throw new Error('database is away');
    });
    const loop = new Loop({ name: 'rescue', everyMs: 60_000, runOnce, logger: { error } });
    loop.start();
    await settle();
    for (let i = 0; i < 100; i++) loop.wake();
    await settle();
    expect(runOnce).toHaveBeenCalledTimes(1);
    expect(error.mock.calls[0]![0]).toContain('loop rescue failed (1 in a row): Error: database is away');
    await jest.advanceTimersByTimeAsync(loopBackoffMs(1));
    expect(runOnce).toHaveBeenCalledTimes(2);
    healthy = true;
    await jest.advanceTimersByTimeAsync(loopBackoffMs(2));
    expect(runOnce).toHaveBeenCalledTimes(3);
    loop.wake();
    await settle();
    expect(runOnce).toHaveBeenCalledTimes(4);
    await loop.stop();
  });

  test('stop waits for the run in hand and lets none follow', async () => {
    const first = gate();
    let calls = 0;
    const loop = new Loop({ name: 'l', everyMs: 10, runOnce: () => (calls++, first.passed), logger: quiet });
    loop.start();
    await settle();
    loop.wake();
    let stopped = false;
    const stopping = loop.stop().then(() => (stopped = true));
    await settle();
    expect(stopped).toBe(false);
    first.open();
    await stopping;
    loop.wake();
    await jest.advanceTimersByTimeAsync(1_000);
    expect(calls).toBe(1);
  });
});
