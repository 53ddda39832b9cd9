import { randomUUID } from 'node:crypto';
import { jobSubmitted, queueOf, workAvailable } from '@computalot/contracts';
import { expect, test } from '@jest/globals';
import { latch, listen, on, Seen } from '../conformance/conformance-transport.js';
import { createTransport } from '../create-transport.js';
import { done } from '../handle-message.js';
import { BEST_EFFORT_MAX_LENGTH } from '../queue-bounds.js';
import type { Transport } from '../transport.js';
import { InProcessBroker } from './in-process-broker.js';
import { InProcessDelivery } from './in-process-delivery.js';

const delivery = (body: unknown): InProcessDelivery => InProcessDelivery.of('x', body, { copy: false, checked: true });

test('an idle consumer has a message within one turn of the event loop, never in the call that sends it', async () => {
  const transport = createTransport({ url: `inproc:${randomUUID()}`, services: ['planner'] });
  const seen = new Seen<string>();
  await listen(
    transport,
    'planner',
    on(jobSubmitted, async (bodies) => (seen.add(...bodies.map((b) => b.job_id)), done)),
  );
  void transport.publisher.publish(jobSubmitted, { job_id: randomUUID() });
  await Promise.resolve();
  expect(seen.items).toHaveLength(0);
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  expect(seen.items).toHaveLength(1);
  await transport.close();
});

test('a best-effort queue nobody empties keeps the newest messages and counts the others', async () => {
  const transport = createTransport({ url: `inproc:${randomUUID()}`, services: ['scheduler'] });
  const inHand = latch();
  const release = latch();
  const handler = on(workAvailable, async () => {
    inHand.open();
    await release.opened;
    return done;
  });
  await listen(transport, 'scheduler', handler);
  transport.publisher.send(workAvailable, {});
  await inHand.opened;
  // Prefetched beside the one in hand: two batches of 256, less that one.
  const held = 2 * queueOf(workAvailable).batch - 1;
  for (let nth = 0; nth < held + BEST_EFFORT_MAX_LENGTH + 7; nth++) transport.publisher.send(workAvailable, {});
  expect(transport.counts().dropped).toBe(7);
  release.open();
  await transport.close();
});

test('a retry waits on the schedule it was given', () => {
  const planned: { work: () => void; ms: number }[] = [];
  const broker = new InProcessBroker((work, ms) => {
    planned.push({ work, ms });
    return () => undefined;
  });
  const got: unknown[] = [];
  const queue = broker.declare('q', queueOf(jobSubmitted), () => undefined);
  queue.join({ capacity: 10, push: (message) => got.push(message.body()) });
  broker.pushLater('q', delivery(1), 30_000);
  expect(got).toEqual([]);
  expect(planned.map(({ ms }) => ms)).toEqual([30_000]);
  planned[0]!.work();
  expect(got).toEqual([1]);
});

test('transports share a broker by name, and it goes with the last of them', async () => {
  const url = `inproc:${randomUUID()}`;
  const open = (): Transport => createTransport({ url, services: [] });
  const [one, other] = [open(), open()];
  await one.publisher.publish(jobSubmitted, { job_id: randomUUID() });
  await one.close();
  const third = createTransport({ url, services: ['planner'] });
  const seen = new Seen<string>();
  const handler = on(jobSubmitted, async (bodies) => (seen.add(...bodies.map((b) => b.job_id)), done));
  await listen(third, 'planner', handler);
  await seen.atLeast(1);
  await Promise.all([other.close(), third.close()]);
  const fresh = createTransport({ url, services: ['planner'] });
  expect(InProcessBroker.acquire(url.slice('inproc:'.length)).find('planner.jobs')).toBeUndefined();
  InProcessBroker.release(url.slice('inproc:'.length));
  await fresh.close();
});

test('without validation a body is handed over as it is', async () => {
  const transport = createTransport({ url: `inproc:${randomUUID()}`, services: ['planner'], validate: false });
  const seen = new Seen<unknown>();
  await listen(
    transport,
    'planner',
    on(jobSubmitted, async (bodies) => (seen.add(...bodies), done)),
  );
  const body = { job_id: randomUUID() };
  await transport.publisher.publish(jobSubmitted, body);
  await seen.atLeast(1);
  expect(seen.items[0]).toBe(body);
  await transport.close();
});

test('an unknown scheme is refused by name', () => {
  expect(() => createTransport({ url: 'http://x', services: [] })).toThrow('http:');
});
