import { randomUUID } from 'node:crypto';
import type { DurableMessage, OutgoingEvent } from '@computalot/contracts';
import { afterEach, expect, jest, test } from '@jest/globals';
import { finishedEvent, latch, Seen } from '../conformance/conformance-transport.js';
import { PublishError } from '../publish-error.js';
import type { DeadLetter, DeadLetterSink, Publisher } from '../publisher.js';
import { OutboxRelay, type OutboxRelayOptions, type OutboxRow } from './outbox-relay.js';

/** Records what it is given in order; fails or waits on demand. */
class RecordingPublisher implements Publisher, DeadLetterSink {
  readonly seen = new Seen<string>();
  readonly letters: DeadLetter[] = [];
  connected = true;
  failure: Error | undefined;
  gate: Promise<void> = Promise.resolve();

  async publish(message: DurableMessage, body: unknown): Promise<void> {
    if (this.failure) throw this.failure;
    this.seen.add(`${message.type} ${(body as { job_id: string }).job_id}`);
    await this.gate;
  }
  async publishAll(): Promise<void> {}
  send(): void {}
  async publishEvents(events: readonly OutgoingEvent[]): Promise<void> {
    if (this.failure) throw this.failure;
    this.seen.add(...events.map(({ type, subject }) => `${type} ${subject}`));
    await this.gate;
  }
  async deadLetter(letter: DeadLetter): Promise<void> {
    this.letters.push(letter);
  }
  isConnected(): boolean {
    return this.connected;
  }
}

/** The table: rows stay when publishing fails. */
class MemoryOutbox {
  rows: OutboxRow[] = [];
  readonly takes = new Seen<number>();

  async takeBatch(limit: number, publish: (rows: readonly OutboxRow[]) => Promise<void>): Promise<number> {
    const taken = this.rows.slice(0, limit);
    this.takes.add(taken.length);
    await publish(taken);
    this.rows = this.rows.filter((row) => !taken.includes(row));
    return taken.length;
  }

  add(count: number): string[] {
    const ids = Array.from({ length: count }, () => randomUUID() as string);
    for (const job_id of ids)
      this.rows.push({ id: this.rows.length, kind: 'message', type: 'job.submitted', body: { job_id } });
    return ids;
  }
}

let relay: OutboxRelay;
afterEach(() => relay.stop());

function setUp(options: Partial<OutboxRelayOptions> = {}): { outbox: MemoryOutbox; publisher: RecordingPublisher } {
  const outbox = new MemoryOutbox();
  const publisher = new RecordingPublisher();
  relay = new OutboxRelay({ source: outbox, publisher, everyMs: 60_000, ...options });
  return { outbox, publisher };
}

test('one run publishes messages and events in the order of the rows, and counts them', async () => {
  const { outbox, publisher } = setUp();
  const [first] = outbox.add(1);
  outbox.rows.push({ id: 8, kind: 'events', type: 'job.finished.v1', body: [finishedEvent('a'), finishedEvent('b')] });
  outbox.rows.push({ id: 9, kind: 'events', type: 'job.finished.v1', body: finishedEvent('c') });
  const [last] = outbox.add(1);
  expect(await relay.runOnce()).toBe(4);
  const events = ['a', 'b', 'c'].map((subject) => `job.finished.v1 ${subject}`);
  expect(publisher.seen.items).toEqual([`job.submitted ${first}`, ...events, `job.submitted ${last}`]);
  expect(outbox.rows).toEqual([]);
});

test('a wake publishes batch after batch until one is not full', async () => {
  const { outbox, publisher } = setUp({ batch: 10 });
  relay.start();
  await outbox.takes.atLeast(1);
  const ids = outbox.add(25);
  relay.wake();
  await publisher.seen.atLeast(25);
  expect(publisher.seen.items).toEqual(ids.map((id) => `job.submitted ${id}`));
  expect(outbox.takes.items.slice(1)).toEqual([10, 10, 5]);
});

test('any number of wakes during a run cause exactly one more', async () => {
  const { outbox, publisher } = setUp();
  const held = latch();
  publisher.gate = held.opened;
  outbox.add(1);
  relay.start();
  await publisher.seen.atLeast(1);
  for (let nth = 0; nth < 10; nth++) relay.wake();
  held.open();
  await outbox.takes.atLeast(2);
  await relay.stop();
  expect(outbox.takes.items).toEqual([1, 0]);
});

test('while the broker is away the table is left alone; the tick finds it back', async () => {
  const { outbox, publisher } = setUp({ everyMs: 1 });
  publisher.connected = false;
  outbox.add(2);
  expect(await relay.runOnce()).toBe(0);
  relay.start();
  expect(outbox.takes.items).toEqual([]);
  publisher.connected = true;
  await publisher.seen.atLeast(2);
});

test('rows that could not be published stay, and go with a later run', async () => {
  const { outbox, publisher } = setUp();
  publisher.failure = new PublishError('broker_unavailable', 'gone');
  const ids = outbox.add(2);
  await expect(relay.runOnce()).rejects.toMatchObject({ code: 'broker_unavailable' });
  expect(outbox.rows).toHaveLength(2);
  publisher.failure = undefined;
  expect(await relay.runOnce()).toBe(2);
  expect(publisher.seen.items).toEqual(ids.map((id) => `job.submitted ${id}`));
});

test('a failing run does not end the loop', async () => {
  const { outbox, publisher } = setUp({ everyMs: 1 });
  publisher.failure = new Error('database or broker');
  outbox.add(1);
  relay.start();
  await outbox.takes.atLeast(3);
  publisher.failure = undefined;
  await publisher.seen.atLeast(1);
});

test('a row that can never be published becomes a dead letter and lets the others pass', async () => {
  const { outbox, publisher } = setUp();
  outbox.rows.push({ id: 1, kind: 'message', type: 'job.vanished', body: { job_id: 'x' } });
  const [good] = outbox.add(1);
  expect(await relay.runOnce()).toBe(2);
  expect(publisher.seen.items).toEqual([`job.submitted ${good}`]);
  expect(publisher.letters).toMatchObject([{ type: 'job.vanished', body: { job_id: 'x' }, origin: 'outbox' }]);
});

test('stop waits for the run in hand and starts no other', async () => {
  const { outbox, publisher } = setUp({ everyMs: 1 });
  const held = latch();
  publisher.gate = held.opened;
  outbox.add(1);
  relay.start();
  await publisher.seen.atLeast(1);
  const stopped = jest.fn();
  const stopping = relay.stop().then(stopped);
  await new Promise((resolve) => setImmediate(resolve));
  expect(stopped).not.toHaveBeenCalled();
  held.open();
  await stopping;
  relay.wake();
  expect(outbox.takes.items).toHaveLength(1);
});
