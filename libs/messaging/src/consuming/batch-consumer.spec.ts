import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { DependencyAway } from '@computalot/kernel';
import { latch } from '../conformance/conformance-transport.js';
import { done, type Outcome } from '../handle-message.js';
import { BatchConsumer, HUNG_AFTER_MS } from './batch-consumer.js';
import type { Delivery } from './delivery.js';

afterEach(() => void jest.restoreAllMocks());

const delivery = (id: number): Delivery => ({ type: 'x', failures: 0, body: () => id });
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Rig {
  readonly consumer: BatchConsumer<Delivery>;
  readonly handed: (readonly unknown[])[];
  readonly settled: number[];
  readonly outcomes: string[];
}

function rig(handle: () => Promise<Outcome> = async () => done, batch = 3, waits = true): Rig {
  const handed: (readonly unknown[])[] = [];
  const settled: number[] = [];
  const outcomes: string[] = [];
  const invoke = (bodies: readonly unknown[]): Promise<Outcome> => {
    handed.push(bodies);
    return handle();
  };
  const consumer = new BatchConsumer({
    batch,
    waits,
    handlers: new Map([['x', { check: null, invoke }]]),
    settle: async (taken, answers) => {
      settled.push(taken.length);
      outcomes.push(...answers.map(({ kind }) => kind));
    },
  });
  return { consumer, handed, settled, outcomes };
}

test('what came before the next turn is one batch, cut at the limit', async () => {
  const { consumer, handed } = rig();
  for (const id of [1, 2, 3, 4]) consumer.push(delivery(id));
  expect(handed).toEqual([]);
  while (handed.length < 2) await turn();
  expect(handed).toEqual([[1, 2, 3], [4]]);
});

test('no second batch is handed over while one is in hand', async () => {
  const release = latch();
  const { consumer, handed, settled } = rig(async () => (await release.opened, done));
  consumer.push(delivery(1));
  await turn();
  consumer.push(delivery(2));
  for (let nth = 0; nth < 5; nth++) await turn();
  expect(handed).toEqual([[1]]);
  release.open();
  while (settled.length < 2) await turn();
  expect(handed).toEqual([[1], [2]]);
});

test('stop waits for the settlement in hand and gives back what was never handed over', async () => {
  const release = latch();
  const { consumer, settled } = rig(async () => (await release.opened, done), 1);
  consumer.push(delivery(1));
  consumer.push(delivery(2));
  await turn();
  const stopping = consumer.stop();
  release.open();
  expect((await stopping).map((left) => left.body())).toEqual([2]);
  expect(settled).toEqual([1]);
  consumer.push(delivery(3));
  await turn();
  expect(settled).toEqual([1]);
});

test('a handler that never answers makes the consumer hung', async () => {
  const now = jest.spyOn(Date, 'now').mockReturnValue(1_000);
  const release = latch();
  const { consumer, settled } = rig(async () => (await release.opened, done));
  consumer.push(delivery(1));
  await turn();
  now.mockReturnValue(1_000 + HUNG_AFTER_MS);
  expect(consumer.hung).toBe(false);
  now.mockReturnValue(1_001 + HUNG_AFTER_MS);
  expect(consumer.hung).toBe(true);
  release.open();
  while (settled.length < 1) await turn();
  await turn();
  expect(consumer.hung).toBe(false);
});

describe('while a dependency is away', () => {
  const away = () => Promise.reject(new DependencyAway(new Error('no database')));

  test('a batch that waits stays in its place and counts no failure; what is behind it comes after it', async () => {
    let tries = 0;
    const { consumer, handed, outcomes } = rig(() => ((tries += 1) < 3 ? away() : Promise.resolve(done)), 2);
    for (const id of [1, 2, 3]) consumer.push(delivery(id));
    while (outcomes.length < 3) await turn();
    expect(handed).toEqual([[1, 2], [1, 2], [1, 2], [3]]);
    expect(outcomes).toEqual(['done', 'done', 'done']);
  });

  test('a stop does not wait for it: the batch is answered retry', async () => {
    const { consumer, handed, outcomes } = rig(away);
    consumer.push(delivery(1));
    while (handed.length < 2) await turn();
    await consumer.stop();
    expect(outcomes).toEqual(['retry']);
  });

  test('best-effort messages do not wait', async () => {
    const { consumer, outcomes } = rig(away, 3, false);
    consumer.push(delivery(1));
    while (outcomes.length < 1) await turn();
    expect(outcomes).toEqual(['retry']);
  });
});
