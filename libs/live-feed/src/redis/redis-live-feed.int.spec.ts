import { describeWith, findService } from '@computalot/testing';
import { afterAll, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { createLiveFeed } from '../create-live-feed.js';
import { Listener, liveFeedConformance, progress } from '../live-feed.conformance.js';

const service = await findService('live');
const url = service.url ?? 'redis://127.0.0.1:6379';
const limits = { maxEntries: 200, minEntries: 64, maxBytes: 1024 * 1024 };
const keyPrefix = `test-${randomUUID()}:`;
const admin = new Redis(url, { lazyConnect: true });
const open = (target = url) => createLiveFeed({ url: target, keyPrefix, limits });

afterAll(async () => {
  if (admin.status === 'wait') return;
  const keys = await admin.keys(`${keyPrefix}*`);
  if (keys.length > 0) await admin.del(keys);
  await admin.quit();
});

/** Between a feed and Redis: refuses, cuts and lets through again. */
class CuttableLink {
  private readonly sockets = new Set<Socket>();
  private isUp = true;
  private constructor(private readonly server: Server) {}

  static async to(target: URL): Promise<CuttableLink> {
    const server = createServer();
    const link = new CuttableLink(server);
    server.on('connection', (near) => {
      if (!link.isUp) return near.destroy();
      const far = connect(Number(target.port || 6379), target.hostname);
      near.pipe(far).pipe(near);
      for (const socket of [near, far]) {
        link.sockets.add(socket);
        socket.on('error', () => undefined).on('close', () => link.sockets.delete(socket));
      }
      return near;
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return link;
  }

  get url(): string {
    return `redis://127.0.0.1:${(this.server.address() as { port: number }).port}`;
  }

  cut(): void {
    this.isUp = false;
    for (const socket of this.sockets) socket.destroy();
  }

  restore(): void {
    this.isUp = true;
  }

  close(): void {
    this.cut();
    this.server.close();
  }
}

/** Milliseconds since the epoch. */
async function nowOfRedis(): Promise<number> {
  const [seconds, microseconds] = await admin.time();
  return Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000);
}

async function until(isMet: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isMet())) await new Promise((resolve) => setImmediate(resolve));
}

/** Ids of the connections that live feeds hold on this Redis, all processes together; with `command`, those that run it now. */
async function clientIds(command = ''): Promise<string[]> {
  const list = String(await admin.client('LIST')).split('\n');
  const mine = list.filter((line) => line.includes('name=computalot-live-feed') && line.includes(`cmd=${command}`));
  return mine.map((line) => /\bid=(\d+)/.exec(line)![1]!);
}

/** Waits until a reader that is not of `others` is blocked, and kills its connection. */
async function killBlockedReader(others: ReadonlySet<string>): Promise<void> {
  let id: string | undefined;
  await until(async () => {
    id = (await clientIds('xread')).find((candidate) => !others.has(candidate));
    return id !== undefined;
  });
  await admin.call('CLIENT', 'KILL', 'ID', id!);
}

describeWith(service, 'the Redis feed conforms', () => {
  liveFeedConformance(() => open());
});

describeWith(service, 'the Redis feed', () => {
  test('keeps one stream per job that expires, one field an entry', async () => {
    const feed = open();
    const job = randomUUID();
    feed.append(job, [progress(1)]);
    await feed.flush();
    const key = `${keyPrefix}live:${job}`;
    expect(await admin.ttl(key)).toBeGreaterThan(3_500);
    expect(await admin.xrange(key, '-', '+')).toEqual([[expect.any(String), ['e', JSON.stringify(progress(1))]]]);
    await feed.close();
  });

  test('all subscriptions share one blocking connection, and writers open none', async () => {
    const before = new Set(await clientIds());
    const feed = open();
    feed.append('x', [progress(1)]);
    await feed.flush();
    expect((await clientIds()).filter((id) => !before.has(id)).length).toBe(1);
    const listeners = Array.from({ length: 30 }, () => new Listener(feed, randomUUID()));
    const job = randomUUID();
    const listener = new Listener(feed, job);
    feed.append(job, [progress(1)]);
    await listener.untilIndex(1);
    expect((await clientIds()).filter((id) => !before.has(id)).length).toBe(2);
    for (const each of [...listeners, listener]) each.close();
    await feed.close();
  });

  test('killed connections: the subscriber resumes without a hole or a repeat', async () => {
    const [reading, writing] = [open(), open()];
    const job = randomUUID();
    const before = new Set(await clientIds());
    const listener = new Listener(reading, job);
    for (let n = 1; n <= 40; n++) {
      writing.append(job, [progress(n)]);
      await writing.flush();
      if (n % 10 === 0) await killBlockedReader(before);
    }
    await listener.untilIndex(40);
    expect(listener.indices).toEqual(Array.from({ length: 40 }, (_, n) => n + 1));
    expect(listener.gaps).toBe(0);
    listener.close();
    await reading.close();
    await writing.close();
  });

  test('Redis away: the caller does not notice, what was buffered arrives afterwards', async () => {
    const link = await CuttableLink.to(new URL(url));
    const feed = open(link.url);
    const job = randomUUID();
    const listener = new Listener(feed, job);
    feed.append(job, [progress(1)]);
    await listener.untilIndex(1);
    link.cut();
    await until(() => !feed.isConnected());
    feed.append(job, [progress(2), progress(3)]);
    await feed.flush();
    await expect(feed.read(job, null, 10)).rejects.toThrow();
    link.restore();
    await listener.untilIndex(3);
    expect(listener.indices).toEqual([1, 2, 3]);
    expect(listener.gaps).toBe(0);
    expect(feed.droppedEntries).toBe(0);
    listener.close();
    await feed.close();
    link.close();
  });

  test('a buffer that overflows drops the oldest, counts them and tells the readers', async () => {
    const link = await CuttableLink.to(new URL(url));
    const feed = createLiveFeed({ url: link.url, keyPrefix, limits: { ...limits, maxPendingBytes: 1_000 } });
    const job = randomUUID();
    const listener = new Listener(feed, job);
    feed.append(job, [progress(1)]);
    await listener.untilIndex(1);
    link.cut();
    await until(() => !feed.isConnected());
    for (let n = 2; n <= 101; n++) feed.append(job, [progress(n)]);
    expect(feed.droppedEntries).toBeGreaterThan(50);
    expect(feed.droppedEntries).toBeLessThan(100);
    link.restore();
    await listener.untilIndex(101);
    expect(listener.indices.length).toBe(101 - feed.droppedEntries);
    expect(listener.gaps).toBe(1);
    listener.close();
    await feed.close();
    link.close();
  });

  test('streams that vanish in the middle: following goes on, an old position is a gap', async () => {
    const feed = open();
    const job = randomUUID();
    const listener = new Listener(feed, job);
    feed.append(job, [progress(1), progress(2)]);
    await listener.untilIndex(2);
    const position = await feed.tail(job);
    // Redis numbers entries by its clock: a stream made anew within the millisecond of the old one would go on below its last number.
    await until(async () => Number(position?.split('-')[0]) < (await nowOfRedis()));
    await admin.del(`${keyPrefix}live:${job}`);
    expect(await feed.read(job, position, 10)).toEqual({ entries: [], gap: true });
    feed.append(job, [progress(3)]);
    await listener.untilIndex(3);
    expect(listener.indices).toEqual([1, 2, 3]);
    listener.close();
    await feed.close();
  });

  test('the terminal entry renews the expiry even of a stream that was made anew without one', async () => {
    const feed = open();
    const job = randomUUID();
    feed.append(job, [progress(1)]);
    await feed.flush();
    await admin.persist(`${keyPrefix}live:${job}`);
    feed.append(job, [{ kind: 'job', status: 'completed', task_counts: {}, terminal: true }]);
    await feed.flush();
    expect(await admin.ttl(`${keyPrefix}live:${job}`)).toBeGreaterThan(3_500);
    await feed.close();
  });

  test('a server that is not there: creating, appending and closing work', async () => {
    const feed = createLiveFeed({ url: 'redis://127.0.0.1:1', keyPrefix });
    feed.append('job', [progress(1)]);
    const subscription = feed.subscribe('job', null, () => undefined);
    await feed.flush();
    expect(feed.isConnected()).toBe(false);
    subscription.close();
    await feed.close();
  });
});
