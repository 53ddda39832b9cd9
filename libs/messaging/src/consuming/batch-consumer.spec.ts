import { afterEach, expect, jest, test } from '@jest/globals';
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
}

function rig(handle: () => Promise<Outcome> = async () => done, batch = 3): Rig {
  const handed: (readonly unknown[])[] = [];
  const settled: number[] = [];
  const invoke = (bodies: readonly unknown[]): Promise<Outcome> => {
    handed.push(bodies);
    return handle();
  };
  const consumer = new BatchConsumer({
    batch,
    handlers: new Map([['x', { check: null, invoke }]]),
    settle: async (taken) => void settled.push(taken.length),
  });
  return { consumer, handed, settled };
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
