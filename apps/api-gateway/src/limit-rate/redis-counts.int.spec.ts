import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { describeWith, findService, waitUntil } from '@computalot/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { RedisCounts } from './redis-counts.js';
import { requestCounterConformance } from './request-counter.conformance.js';
import type { RequestCounter } from './request-counter.js';

const allowance = { name: 'account', requests: 3, window_s: 600 };
const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

/** Between a gateway and Redis: lets through, keeps silent, or is away. */
class Link {
  readonly sockets = new Set<Socket>();
  state: 'up' | 'silent' | 'away' = 'up';
  readonly server: Server;

  constructor(target: URL) {
    this.server = createServer((near) => {
      if (this.state === 'away') return near.destroy();
      const far = connect(Number(target.port || 6379), target.hostname);
      near.on('data', (data) => this.state === 'up' && far.write(data));
      far.on('data', (data) => this.state === 'up' && near.write(data));
      for (const [socket, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.sockets.add(socket);
        socket.on('error', () => undefined).on('close', () => other.destroy());
      }
      return near;
    });
  }

  static async to(target: string): Promise<Link> {
    const link = new Link(new URL(target));
    link.server.listen(0, '127.0.0.1');
    await once(link.server, 'listening');
    undo.push(() => link.close());
    return link;
  }

  get url(): string {
    return `redis://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  cut(): void {
    this.state = 'away';
    for (const socket of this.sockets) socket.destroy();
  }

  private close(): void {
    this.cut();
    this.server.close();
  }
}

describeWith(await findService('live'), 'counts in Redis', (url) => {
  /** One gateway's counter. Until Redis counts for it, its counts are its own. */
  async function gateway(keyPrefix = `test-${randomUUID()}:`, target = url) {
    const told: string[] = [];
    const counts = new RedisCounts({ url: target, keyPrefix, tell: (line) => told.push(line) });
    undo.push(() => counts.close());
    await waitUntil('Redis to count', () => counts.isReady);
    return { counter: counts.counter(allowance), counts, told, keyPrefix };
  }

  describe('as every store', () => {
    const counts = new RedisCounts({ url, keyPrefix: '', tell: () => undefined });
    beforeAll(() => waitUntil('Redis to count', () => counts.isReady));
    afterAll(() => counts.close());
    requestCounterConformance((each) => counts.counter({ ...each, name: `test-${randomUUID()}` }));
  });

  test('gateways count together', async () => {
    const one = await gateway();
    const another = await gateway(one.keyPrefix);
    await one.counter.take('a', 2);
    expect(await another.counter.take('a')).toMatchObject({ remaining: 0, isOver: false });
    expect(await one.counter.take('a')).toMatchObject({ isOver: true });
    expect(await another.counter.take('b')).toMatchObject({ remaining: 2 });
  });

  test('an allowance in Redis ends with its window, also when the gateway that began it is gone', async () => {
    const short = { name: 'account', requests: 1, window_s: 1 };
    const { counts } = await gateway();
    const counter: RequestCounter = counts.counter(short);
    await counter.take('a', 2);
    await waitUntil('the window to end', async () => !(await counter.look('a')).isOver);
    expect(await counter.take('a')).toMatchObject({ isOver: false });
  });

  test.each(['away', 'silent'] as const)(
    'while Redis is %s requests are let in and counted here, told once; then together again',
    async (state) => {
      const link = await Link.to(url);
      const { counter, counts, told, keyPrefix } = await gateway(undefined, link.url);
      await counter.take('a', 2);
      if (state === 'away') link.cut();
      link.state = state;
      const meanwhile = [];
      for (let n = 0; n < 4; n++) meanwhile.push(await counter.take('a'));
      expect(meanwhile.map(({ isOver }) => isOver)).toEqual([false, false, false, true]);
      await waitUntil('the connection to be given up', () => !counts.isReady);
      link.state = 'up';
      await waitUntil('Redis to count', () => counts.isReady);
      expect(await counter.take('a')).toMatchObject({ remaining: 0, isOver: false });
      const other = await gateway(keyPrefix);
      expect(await other.counter.take('a')).toMatchObject({ isOver: true });
      expect(told.map((line) => /is (away|back)/.exec(line)?.[1])).toEqual(['away', 'back']);
    },
  );
});

test('with a Redis that was never there nobody is refused for it', async () => {
  const told: string[] = [];
  const counts = new RedisCounts({
    url: 'redis://127.0.0.1:1',
    keyPrefix: 'test:',
    tell: (line) => told.push(line),
  });
  const counter = counts.counter(allowance);
  expect(await counter.take('a')).toMatchObject({ remaining: 2, isOver: false });
  expect(await counter.look('a')).toMatchObject({ remaining: 2, isOver: false });
  await waitUntil('a word about it', () => told.length > 0);
  counts.close();
  expect(told).toEqual([expect.stringContaining('ECONNREFUSED')]);
});
