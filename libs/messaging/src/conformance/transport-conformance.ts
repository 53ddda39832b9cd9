import {
  jobCancelRequested,
  jobFinishedEvent,
  jobSubmitted,
  taskReports,
  workAvailable,
  workerAssign,
  workerCancel,
  workerHeartbeat,
  workerSnapshot,
  type OutgoingEvent,
} from '@computalot/contracts';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { done, type Outcome } from '../handle-message.js';
import { PublishError } from '../publish-error.js';
import type { Transport, TransportOptions } from '../transport.js';
import {
  finishedEvent,
  latch,
  listen,
  listenWithExactly,
  on,
  Seen,
  type ConformanceBroker,
} from './conformance-transport.js';

const RETRY_TIERS_MS = [20, 40];

const newId = (): string => randomUUID();

/** What every transport must do, run on each of them. */
export function transportConformance(createBroker: () => Promise<ConformanceBroker>): void {
  let broker: ConformanceBroker;
  let open: Transport[] = [];

  beforeAll(async () => {
    broker = await createBroker();
  });
  afterEach(async () => {
    await Promise.all(open.map((transport) => transport.close()));
    open = [];
  });
  afterAll(() => broker.remove());

  function transport(options: Partial<TransportOptions> = {}): Transport {
    const created = broker.createTransport({ services: [], retryTiersMs: RETRY_TIERS_MS, ...options });
    open.push(created);
    return created;
  }

  describe('delivery', () => {
    test('a durable message reaches the service that owns its queue, unchanged', async () => {
      const planner = transport({ services: ['planner'] });
      const seen = new Seen<{ job_id: string }>();
      await listen(
        planner,
        'planner',
        on(jobSubmitted, async (bodies) => (seen.add(...bodies), done)),
      );
      const body = { job_id: newId() };
      await transport().publisher.publish(jobSubmitted, body);
      await seen.atLeast(1);
      expect(seen.items).toEqual([body]);
      await settled(() => planner.counts().handled === 1);
    });

    test('a message published before its consumer exists waits for it', async () => {
      const body = { job_id: newId() };
      await transport().publisher.publish(jobSubmitted, body);
      const seen = new Seen<{ job_id: string }>();
      await listen(
        transport({ services: ['planner'] }),
        'planner',
        on(jobSubmitted, async (bodies) => (seen.add(...bodies), done)),
      );
      await seen.atLeast(1);
      expect(seen.items).toEqual([body]);
    });

    test('receiver and sender share no object', async () => {
      const seen = new Seen<object>();
      await listen(
        transport({ services: ['planner'] }),
        'planner',
        on(jobSubmitted, async (bodies) => (seen.add(...bodies), done)),
      );
      const body = { job_id: newId() };
      const sent = transport().publisher.publish(jobSubmitted, body);
      const asSent = { ...body };
      body.job_id = 'changed by the sender after it published';
      await sent;
      await seen.atLeast(1);
      expect(seen.items).toEqual([asSent]);
    });

    test('what waits behind a batch in hand comes as one batch, in order', async () => {
      const batches = new Seen<number[]>();
      const firstInHand = latch();
      const release = latch();
      const ids = Array.from({ length: 40 }, () => newId());
      const handler = on(jobSubmitted, async (bodies) => {
        batches.add(bodies.map(({ job_id }) => ids.indexOf(job_id)));
        firstInHand.open();
        await release.opened;
        return done;
      });
      await listen(transport({ services: ['planner'] }), 'planner', handler);
      const { publisher } = transport();
      await publisher.publish(jobSubmitted, { job_id: ids[0]! });
      await firstInHand.opened;
      await publisher.publishAll(ids.slice(1).map((job_id) => ({ message: jobSubmitted, body: { job_id } })));
      release.open();
      await batches.until((all) => all.flat().length === ids.length);
      expect(batches.items.flat()).toEqual(ids.map((_, at) => at));
      expect(batches.items[0]).toEqual([0]);
      expect(batches.items.length).toBeLessThan(10);
    });

    test('a batch holds one type and never more than the queue allows; order holds across types', async () => {
      const order = new Seen<string>();
      const sizes = new Seen<number>();
      const report = (worker: string) => ({
        worker_id: worker,
        incarnation: worker,
        reports: [{ job_id: worker, index: 0, attempt: 1, kind: 'started' as const }],
      });
      const snapshot = (worker: string) => ({ worker_id: worker, incarnation: worker, sent_at: 1, held: [] });
      const workers = Array.from({ length: 150 }, () => newId());
      const mark = (kind: string) => async (bodies: readonly { worker_id: string }[]) => {
        sizes.add(bodies.length);
        order.add(...bodies.map(({ worker_id }) => `${kind}${workers.indexOf(worker_id)}`));
        return done;
      };
      const { publisher } = transport();
      const messages = workers.map((worker, at) =>
        at % 50 === 49
          ? { message: workerSnapshot, body: snapshot(worker) }
          : { message: taskReports, body: report(worker) },
      );
      await publisher.publishAll(messages);
      const scheduler = transport({ services: ['scheduler'] });
      await listen(scheduler, 'scheduler', on(taskReports, mark('r')), on(workerSnapshot, mark('s')));
      await order.atLeast(150);
      expect(order.items).toEqual(workers.map((_, at) => `${at % 50 === 49 ? 's' : 'r'}${at}`));
      expect(Math.max(...sizes.items)).toBeLessThanOrEqual(64);
      expect(sizes.items.length).toBeLessThan(150);
    });

    test('two consumers of one queue share its messages', async () => {
      const ids = Array.from({ length: 300 }, () => newId());
      const all = new Seen<string>();
      const took = [0, 0];
      for (const at of [0, 1]) {
        const handler = on(jobSubmitted, async (bodies) => {
          took[at]! += bodies.length;
          all.add(...bodies.map(({ job_id }) => job_id));
          return done;
        });
        await listen(transport({ services: ['planner'] }), 'planner', handler);
      }
      await transport().publisher.publishAll(ids.map((job_id) => ({ message: jobSubmitted, body: { job_id } })));
      await all.atLeast(ids.length);
      expect(all.items.toSorted()).toEqual(ids.toSorted());
      expect(Math.min(...took)).toBeGreaterThan(0);
    });
  });

  describe('best effort', () => {
    test('a message to one receiver reaches that one only', async () => {
      const seen = new Seen<string>();
      for (const name of ['one', 'two']) {
        const worker = transport({ services: ['worker'], receiverId: name });
        const handler = on(workerCancel, async (bodies) => (seen.add(...bodies.map(() => name)), done));
        await listen(worker, 'worker', handler);
      }
      const { publisher } = await connected(transport());
      publisher.send(workerCancel, { jobs: [], attempts: [], grace_s: 1 }, 'two');
      await seen.atLeast(1);
      publisher.send(workerCancel, { jobs: [], attempts: [], grace_s: 1 }, 'one');
      await seen.atLeast(2);
      expect(seen.items).toEqual(['two', 'one']);
    });

    test('without a receiver it vanishes, and one that comes later does not get it', async () => {
      const { publisher } = await connected(transport());
      publisher.send(workerAssign, { incarnation: newId(), jobs: [], tasks: [] }, 'late');
      const seen = new Seen<string>();
      const late = transport({ services: ['worker'], receiverId: 'late' });
      await listen(
        late,
        'worker',
        on(workerAssign, async () => (seen.add('assign'), done)),
        on(workerCancel, async () => (seen.add('cancel'), done)),
      );
      publisher.send(workerCancel, { jobs: [], attempts: [], grace_s: 1 }, 'late');
      await seen.atLeast(1);
      expect(seen.items).toEqual(['cancel']);
    });

    test('it is never retried: a failure is counted as dropped and the next message comes', async () => {
      const scheduler = transport({ services: ['scheduler'] });
      const seen = new Seen<number>();
      const handler = on(workAvailable, async () => {
        seen.add(1);
        throw new Error('no round today');
      });
      await listen(scheduler, 'scheduler', handler);
      const { publisher } = await connected(transport());
      for (const nth of [1, 2]) {
        publisher.send(workAvailable, {});
        await seen.atLeast(nth);
      }
      await settled(() => scheduler.counts().dropped === 2);
      expect(seen.items).toEqual([1, 1]);
    });

    test('a body that breaks its schema is dropped, never thrown at the sender', async () => {
      const { publisher, counts } = await connected(transport());
      publisher.send(workerHeartbeat, { name: 'nobody' } as never);
      expect(counts().dropped).toBe(1);
    });
  });

  describe('failure', () => {
    test('a message that failed comes again, until it succeeds', async () => {
      const planner = transport({ services: ['planner'] });
      const tries = new Seen<number>();
      const handler = on(jobSubmitted, async () => {
        tries.add(1);
        return tries.items.length < 3 ? { kind: 'retry', reason: 'not yet' } : done;
      });
      await listen(planner, 'planner', handler);
      await transport().publisher.publish(jobSubmitted, { job_id: newId() });
      await tries.atLeast(3);
      await settled(() => planner.counts().handled === 1);
      expect(planner.counts()).toMatchObject({ retried: 2, deadLettered: 0 });
    });

    test('after the last tier it is a dead letter with the reason, the queue and the number of tries', async () => {
      const planner = transport({ services: ['planner'] });
      const tries = new Seen<number>();
      const handler = on(jobSubmitted, async () => {
        tries.add(1);
        throw new Error('out of luck');
      });
      await listen(planner, 'planner', handler);
      const body = { job_id: newId() };
      await transport().publisher.publish(jobSubmitted, body);
      const letter = await broker.takeDeadLetter();
      expect(letter).toMatchObject({ type: 'job.submitted', body, attempts: 3 });
      expect(letter.reason).toContain('out of luck');
      expect(letter.origin).toContain('planner.jobs');
      expect(tries.items).toHaveLength(3);
    });

    test('a rejected message is a dead letter at once; its neighbours of the batch are done', async () => {
      const scheduler = transport({ services: ['scheduler'] });
      const bad = newId();
      const ids = [newId(), bad, newId()];
      const seen = new Seen<string>();
      const handler = on(jobCancelRequested, async (bodies) => {
        seen.add(...bodies.map(({ job_id }) => job_id));
        return bodies.map(({ job_id }) => (job_id === bad ? { kind: 'reject', reason: 'no such job' } : done));
      });
      await transport().publisher.publishAll(ids.map((job_id) => ({ message: jobCancelRequested, body: { job_id } })));
      await listen(scheduler, 'scheduler', handler);
      const letter = await broker.takeDeadLetter();
      expect(letter).toMatchObject({ body: { job_id: bad }, reason: 'no such job', attempts: 1 });
      await settled(() => scheduler.counts().handled === 2);
      expect(seen.items).toEqual(ids);
    });

    test('a body that breaks its schema on arrival is a dead letter that says where; the handler never sees it', async () => {
      const planner = transport({ services: ['planner'] });
      const seen = new Seen<string>();
      await listen(
        planner,
        'planner',
        on(jobSubmitted, async (bodies) => (seen.add(...bodies.map((b) => b.job_id)), done)),
      );
      const good = newId();
      const { publisher } = transport({ validate: false });
      await publisher.publish(jobSubmitted, { job_id: 7 } as never);
      await publisher.publish(jobSubmitted, { job_id: good });
      const letter = await broker.takeDeadLetter();
      expect(letter.body).toEqual({ job_id: 7 });
      expect(letter.reason).toMatch(/invalid: \/job_id/);
      await seen.atLeast(1);
      expect(seen.items).toEqual([good]);
    });

    test('a sender that validates keeps a bad body to itself', async () => {
      const sent = transport().publisher.publish(jobSubmitted, { job_id: 'short' });
      await expect(sent).rejects.toMatchObject({ code: 'invalid_message' });
      await expect(sent).rejects.toBeInstanceOf(PublishError);
    });

    test('a handler that answers for another number of messages, or nothing, fails the batch', async () => {
      const planner = transport({ services: ['planner'], retryTiersMs: [] });
      const answers = [[done, done], undefined];
      await listen(planner, 'planner', { key: jobSubmitted.type, handle: async () => answers.shift() });
      const { publisher } = transport();
      await publisher.publish(jobSubmitted, { job_id: newId() });
      expect((await broker.takeDeadLetter()).reason).toContain('2 outcomes for 1');
      await publisher.publish(jobSubmitted, { job_id: newId() });
      expect((await broker.takeDeadLetter()).reason).toContain('no outcome');
    });
  });

  describe('start and end', () => {
    test('it refuses to start when a message of an owned queue has no handler, naming it', async () => {
      const planner = transport({ services: ['planner'] });
      await expect(listenWithExactly(planner)).rejects.toThrow('"job.submitted" of queue planner.jobs has no handler');
      expect(planner.consuming()).toEqual([]);
    });

    test('it refuses to start when a message has two handlers', async () => {
      const planner = transport({ services: ['planner'] });
      const handler = on(jobSubmitted, async () => done);
      await expect(listenWithExactly(planner, handler, handler)).rejects.toThrow('more than one handler');
    });

    test('an addressed queue needs the name of its receiver', () => {
      expect(() => transport({ services: ['worker'] })).toThrow('receiverId');
    });

    test('close waits for the batch in hand; what was not handed over goes to the next consumer', async () => {
      const first = transport({ services: ['planner'] });
      const ids = Array.from({ length: 100 }, () => newId());
      const inHand = latch();
      const release = latch();
      const handledByFirst = new Seen<string>();
      const slow = on(jobSubmitted, async (bodies) => {
        inHand.open();
        await release.opened;
        handledByFirst.add(...bodies.map(({ job_id }) => job_id));
        return done;
      });
      await transport().publisher.publishAll(ids.map((job_id) => ({ message: jobSubmitted, body: { job_id } })));
      await listen(first, 'planner', slow);
      await inHand.opened;
      const closing = first.close();
      release.open();
      await closing;
      const rest = new Seen<string>();
      const handler = on(jobSubmitted, async (bodies) => (rest.add(...bodies.map(({ job_id }) => job_id)), done));
      await listen(transport({ services: ['planner'] }), 'planner', handler);
      await rest.atLeast(ids.length - handledByFirst.items.length);
      expect(handledByFirst.items.length).toBeGreaterThan(0);
      expect([...handledByFirst.items, ...rest.items].toSorted()).toEqual(ids.toSorted());
    });

    test('consuming tells every owned queue, and that none is alive after close', async () => {
      const scheduler = transport({ services: ['scheduler'] });
      await listen(scheduler, 'scheduler');
      const before = scheduler.consuming();
      expect(before.map(({ queue }) => queue.split('.').slice(-2).join('.')).toSorted()).toEqual([
        'scheduler.commands',
        'scheduler.heartbeats',
        'scheduler.reports',
        'scheduler.wake',
      ]);
      expect(before.every(({ alive }) => alive)).toBe(true);
      expect(scheduler.isConnected()).toBe(true);
      await scheduler.close();
      expect(scheduler.consuming().some(({ alive }) => alive)).toBe(false);
      expect(scheduler.isConnected()).toBe(false);
    });

    test('a closed transport refuses what it is given', async () => {
      const { publisher, close } = bound(transport());
      await close();
      await expect(publisher.publish(jobSubmitted, { job_id: newId() })).rejects.toMatchObject({ code: 'closed' });
      expect(publisher.isConnected()).toBe(false);
    });
  });

  describe('events', () => {
    test('they reach the queue bound to their type with the whole envelope, in order; others do not', async () => {
      const { publisher } = transport();
      const other = {
        ...finishedEvent('x'),
        type: 'worker.lost.v1',
        data: { worker_id: 'w', name: 'n', tasks_requeued: 0 },
      };
      await publisher.publishEvents([finishedEvent('a'), other, finishedEvent('b')]);
      const seen = new Seen<unknown>();
      const handler = on(jobFinishedEvent, async (events) => (seen.add(...events), done), 'notifier.events');
      await listen(transport({ services: ['notifier'] }), 'notifier', handler);
      await seen.atLeast(2);
      expect(seen.items).toEqual([finishedEvent('a'), finishedEvent('b')]);
    });

    test('an event that failed comes again with its envelope', async () => {
      const seen = new Seen<unknown>();
      const answer = async (events: readonly unknown[]): Promise<Outcome> => {
        seen.add(...events);
        return seen.items.length < 2 ? { kind: 'retry', reason: 'later' } : done;
      };
      const handler = on(jobFinishedEvent, answer, 'notifier.events');
      await listen(transport({ services: ['notifier'] }), 'notifier', handler);
      await transport().publisher.publishEvents([finishedEvent('c')]);
      await seen.atLeast(2);
      expect(seen.items).toEqual([finishedEvent('c'), finishedEvent('c')]);
    });

    test('each queue bound to an event brings it to its own handler, in one process and on its own terms', async () => {
      const both = transport({ services: ['planner', 'notifier'] });
      const event = finishedEvent(newId());
      const [planned, notified] = [new Seen<unknown>(), new Seen<unknown>()];
      // Earlier tests have left events in the queue that nobody read.
      const ours = (events: readonly OutgoingEvent[]) => events.filter(({ id }) => id === event.id);
      const plan = async (events: readonly OutgoingEvent[]): Promise<readonly Outcome[]> => {
        planned.add(...ours(events));
        const later = { kind: 'retry', reason: 'later' } as const;
        return events.map(({ id }) => (id === event.id && planned.items.length < 2 ? later : done));
      };
      const notify = async (events: readonly OutgoingEvent[]): Promise<Outcome> => (
        notified.add(...ours(events)),
        done
      );
      await listen(
        both,
        ['planner', 'notifier'],
        on(jobFinishedEvent, plan, 'planner.events'),
        on(jobFinishedEvent, notify, 'notifier.events'),
      );
      await transport().publisher.publishEvents([event]);
      await planned.atLeast(2);
      await notified.atLeast(1);
      expect(planned.items).toEqual([event, event]);
      expect(notified.items).toEqual([event]);
    });

    test('an unknown event and one whose data breaks its schema are refused', async () => {
      const { publisher } = transport();
      const unknown = publisher.publishEvents([{ ...finishedEvent('d'), type: 'job.exploded.v1' }]);
      await expect(unknown).rejects.toMatchObject({ code: 'invalid_message' });
      const broken = publisher.publishEvents([{ ...finishedEvent('d'), data: {} }]);
      await expect(broken).rejects.toMatchObject({ code: 'invalid_message' });
    });
  });
}

/** Best effort is dropped while the broker is away, so tests that send wait for it first. */
async function connected(transport: Transport): Promise<Transport> {
  await settled(() => transport.isConnected());
  return bound(transport);
}

function bound(transport: Transport): Transport {
  const { publisher, strategy } = transport;
  return {
    publisher,
    strategy,
    isConnected: () => transport.isConnected(),
    consuming: () => transport.consuming(),
    counts: () => transport.counts(),
    close: () => transport.close(),
  };
}

/** Waits for a condition that follows from I/O or timers under way; Jest's time limit is the bound. */
async function settled(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}
