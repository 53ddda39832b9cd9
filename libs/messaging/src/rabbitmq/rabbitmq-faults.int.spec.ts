import { execFile, execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { jobCancelRequested, jobSubmitted, workAvailable } from '@computalot/contracts';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { connect } from 'amqplib';
import { CuttableProxy } from '../conformance/cuttable-proxy.js';
import { listen, on, Seen } from '../conformance/conformance-transport.js';
import { createRabbitMqHarness, TEST_BROKER_URL, type RabbitMqHarness } from '../conformance/rabbitmq-harness.js';
import { done } from '../handle-message.js';
import type { Transport, TransportOptions } from '../transport.js';

let harness: RabbitMqHarness;
let proxy: CuttableProxy;
let open: Transport[] = [];

beforeAll(async () => {
  const through = await CuttableProxy.before(TEST_BROKER_URL);
  proxy = through.proxy;
  harness = await createRabbitMqHarness(through.url);
});
afterEach(async () => {
  await proxy.restore();
  await Promise.all(open.map((transport) => transport.close()));
  open = [];
});
afterAll(async () => {
  await harness.remove();
  await proxy.outage();
});

function transport(options: Partial<TransportOptions> = {}): Transport {
  const created = harness.createTransport({ services: [], retryTiersMs: [20, 40], ...options });
  open.push(created);
  return created;
}

async function planner(seen: Seen<string>): Promise<Transport> {
  const created = transport({ services: ['planner'] });
  await listen(
    created,
    'planner',
    on(jobSubmitted, async (bodies) => (seen.add(...bodies.map(({ job_id }) => job_id)), done)),
  );
  return created;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

function hasAll(seen: Seen<string>, ids: ReadonlySet<string>): boolean {
  const arrived = new Set(seen.items);
  return [...ids].every((id) => arrived.has(id));
}

/** Publishes in a row of small batches until told to stop; every confirmed id is in `confirmed`. */
function publishUntilStopped(sender: Transport): { confirmed: Set<string>; stop: () => Promise<void> } {
  const confirmed = new Set<string>();
  let going = true;
  const run = async (): Promise<void> => {
    while (going) {
      const ids = Array.from({ length: 50 }, () => randomUUID() as string);
      await sender.publisher.publishAll(ids.map((job_id) => ({ message: jobSubmitted, body: { job_id } })));
      for (const id of ids) confirmed.add(id);
    }
  };
  const running = Promise.all([run(), run()]);
  const stop = async (): Promise<void> => {
    going = false;
    await running;
  };
  return { confirmed, stop };
}

describe('a connection that is cut', () => {
  test('under load, again and again: every durable message arrives, consumers go on, no publish fails', async () => {
    const seen = new Seen<string>();
    const consumer = await planner(seen);
    const sender = transport();
    const load = publishUntilStopped(sender);
    for (let round = 1; round <= 4; round++) {
      await seen.atLeast(seen.items.length + 300);
      proxy.cut();
      await until(() => !consumer.isConnected() && !sender.isConnected());
      expect(consumer.consuming()[0]).toMatchObject({ alive: false });
      await until(() => consumer.isConnected() && sender.isConnected());
      expect(consumer.consuming()[0]).toMatchObject({ alive: true });
    }
    await seen.atLeast(seen.items.length + 300);
    await load.stop();
    await until(() => hasAll(seen, load.confirmed));
    expect(load.confirmed.size).toBeGreaterThan(1_000);
  });

  test('while the broker is away, publishers wait and best effort is dropped; all resumes by itself', async () => {
    const seen = new Seen<string>();
    const consumer = await planner(seen);
    const sender = transport();
    await until(() => sender.isConnected());
    await proxy.outage();
    await until(() => !sender.isConnected() && !consumer.isConnected());
    const ids = Array.from({ length: 700 }, () => randomUUID() as string);
    const published = sender.publisher.publishAll(ids.map((job_id) => ({ message: jobSubmitted, body: { job_id } })));
    sender.publisher.send(workAvailable, {});
    expect(sender.counts().dropped).toBe(1);
    await proxy.restore();
    await published;
    await seen.atLeast(ids.length);
    expect(seen.items).toEqual(ids);
  });

  test('with a batch in hand: the batch is delivered again, for its acknowledgement was lost', async () => {
    const tries = new Seen<string>();
    let release = (): void => undefined;
    const consumer = transport({ services: ['planner'] });
    const handler = on(jobSubmitted, async (bodies) => {
      tries.add(...bodies.map(({ job_id }) => job_id));
      if (tries.items.length === 1) await new Promise<void>((resolve) => (release = resolve));
      return done;
    });
    await listen(consumer, 'planner', handler);
    const id = randomUUID() as string;
    await transport().publisher.publish(jobSubmitted, { job_id: id });
    await tries.atLeast(1);
    proxy.cut();
    await until(() => !consumer.isConnected());
    await until(() => consumer.isConnected());
    release();
    await tries.atLeast(2);
    expect(tries.items).toEqual([id, id]);
    await until(() => consumer.counts().handled === 1);
  });

  test('a publisher gets its message back when the broker stays away', async () => {
    const sender = transport({ publishTimeoutMs: 50 });
    await until(() => sender.isConnected());
    await proxy.outage();
    await until(() => !sender.isConnected());
    const published = sender.publisher.publish(jobSubmitted, { job_id: randomUUID() });
    await expect(published).rejects.toMatchObject({ code: 'broker_unavailable' });
  });

  test('close ends at once what waits for a broker that is away, and leaves nothing behind', async () => {
    const consumer = await planner(new Seen());
    await proxy.outage();
    await until(() => !consumer.isConnected());
    await consumer.close();
    await proxy.restore();
    expect(consumer.consuming()).toEqual(
      ['planner.jobs', 'planner.wake', 'planner.closing', 'planner.closing-wake', 'planner.events'].map((queue) => ({
        queue: harness.queueName(queue),
        alive: false,
      })),
    );
  });
});

describe('a broker that changes its mind', () => {
  test('a deleted queue is declared again and consumed again', async () => {
    const seen = new Seen<string>();
    const consumer = await planner(seen);
    const sender = transport();
    const [before, after] = [randomUUID(), randomUUID()] as string[];
    await sender.publisher.publish(jobSubmitted, { job_id: before! });
    await seen.atLeast(1);
    await harness.deleteQueue('planner.jobs');
    // The sender believes the queue declared: the message comes back unroutable, the queue is declared anew.
    await sender.publisher.publish(jobSubmitted, { job_id: after! });
    await seen.atLeast(2);
    expect(seen.items).toEqual([before, after]);
    await until(() => consumer.isConnected());
  });

  test('a purged queue leaves its consumer alive', async () => {
    const seen = new Seen<string>();
    const consumer = await planner(seen);
    await harness.purge('planner.jobs');
    await transport().publisher.publish(jobSubmitted, { job_id: randomUUID() });
    await seen.atLeast(1);
    expect(consumer.isConnected()).toBe(true);
  });

  test('a queue that exists with other arguments shows as not consumed, and does not end the process', async () => {
    const model = await connect(TEST_BROKER_URL);
    const channel = await model.createChannel();
    await channel.assertQueue(harness.queueName('artifact.grants'), { durable: true });
    const artifact = transport({ services: ['artifact'] });
    const listening = listen(artifact, 'artifact');
    const grants = () => artifact.consuming().find(({ queue }) => queue === harness.queueName('artifact.grants'));
    await until(() => grants() !== undefined);
    expect(grants()).toMatchObject({ alive: false });
    expect(artifact.isConnected()).toBe(false);
    await channel.deleteQueue(harness.queueName('artifact.grants'));
    await listening;
    expect(grants()).toMatchObject({ alive: true });
    await model.close();
  });

  const canAskBroker = isRunnable('rabbitmqctl');
  (canAskBroker ? test : test.skip)('connections closed by an operator come back', async () => {
    const seen = new Seen<string>();
    const consumer = await planner(seen);
    const sender = transport();
    await until(() => sender.isConnected());
    const load = publishUntilStopped(sender);
    await seen.atLeast(100);
    await closeConnections(harness.namespace);
    await seen.atLeast(seen.items.length + 300);
    await load.stop();
    await until(() => hasAll(seen, load.confirmed));
    expect(consumer.consuming()[0]).toMatchObject({ alive: true });
  });
});

describe('messages of strangers', () => {
  test.each([
    ['that are not JSON', 'job.cancel_requested', 'not { JSON', /unreadable/],
    ['of a type nobody knows', 'job.exploded', '{}', /nobody handles messages of type "job.exploded"/],
    ['without a type', undefined, '{}', /nobody handles/],
  ])('%s are dead letters, and those behind them are handled', async (_what, type, content, reason) => {
    const seen = new Seen<string>();
    const scheduler = transport({ services: ['scheduler'] });
    const handler = on(jobCancelRequested, async (bodies) => (seen.add(...bodies.map((b) => b.job_id)), done));
    await listen(scheduler, 'scheduler', handler);
    const model = await connect(TEST_BROKER_URL);
    const channel = await model.createChannel();
    channel.sendToQueue(harness.queueName('scheduler.commands'), Buffer.from(content), type ? { type } : {});
    await channel.close();
    await model.close();
    const id = randomUUID() as string;
    await transport().publisher.publish(jobCancelRequested, { job_id: id });
    expect((await harness.takeDeadLetter()).reason).toMatch(reason);
    await seen.atLeast(1);
    expect(seen.items).toEqual([id]);
  });
});

function isRunnable(command: string): boolean {
  try {
    execFileSync(command, ['list_connections', 'pid'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

async function closeConnections(namePart: string): Promise<void> {
  const run = promisify(execFile);
  const { stdout } = await run('rabbitmqctl', ['-q', 'list_connections', 'pid', 'client_properties']);
  const mine = stdout.split('\n').filter((line) => line.includes(namePart));
  if (mine.length === 0) throw new Error('the broker lists no connection of this test');
  for (const line of mine) await run('rabbitmqctl', ['-q', 'close_connection', line.split('\t')[0]!, 'test']);
}
