import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import {
  closingWanted,
  jobFinishedEvent,
  jobSubmitted,
  jobTasksEnded,
  planningWanted,
  type BodyOf,
  type OutgoingEvent,
} from '@computalot/contracts';
import { afterEach, expect, test } from '@jest/globals';
import { Controller, Inject, Module, type INestMicroservice, type Type } from '@nestjs/common';
import type { CustomStrategy } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import { finishedEvent, latch, Seen } from './conformance/conformance-transport.js';
import { createTransport } from './create-transport.js';
import { HandleMessage } from './handle-message.decorator.js';
import { done, type Outcome } from './handle-message.js';
import { InProcessBroker } from './in-process/in-process-broker.js';
import { MessagingModule, type MessagingModuleOptions } from './messaging.module.js';
import { OUTBOX_RELAY, type OutboxRelay, type OutboxRow } from './outbox/outbox-relay.js';
import { PUBLISHER, type Publisher } from './publisher.js';
import type { Transport } from './transport.js';

const plans = new Seen<string>();
const finished = new Seen<OutgoingEvent>();
let gate = Promise.resolve();
let brokerName: string;

@Controller()
class PlanConsumer {
  readonly name = 'plan';

  @HandleMessage(jobSubmitted)
  async plan(bodies: readonly BodyOf<typeof jobSubmitted>[]): Promise<Outcome> {
    if (bodies.some(({ job_id }) => job_id.startsWith('bad'))) throw new Error('the planner is confused');
    await gate;
    plans.add(...bodies.map(({ job_id }) => `${this.name} ${job_id}`));
    return done;
  }
}

@Controller()
class WishConsumer {
  @HandleMessage(planningWanted)
  async ignore(): Promise<Outcome> {
    return done;
  }

  @HandleMessage(jobTasksEnded)
  async ignoreEnd(): Promise<Outcome> {
    return done;
  }

  @HandleMessage(closingWanted)
  async ignoreClosing(): Promise<Outcome> {
    return done;
  }
}

@Controller()
class EndConsumer {
  @HandleMessage(jobFinishedEvent, 'planner.events')
  async ignore(): Promise<Outcome> {
    return done;
  }
}

@Controller()
class NotifyConsumer {
  constructor(@Inject(PUBLISHER) readonly publisher: Publisher) {}

  @HandleMessage(jobFinishedEvent, 'notifier.events')
  async notify(events: readonly OutgoingEvent<BodyOf<typeof jobFinishedEvent>>[]): Promise<readonly Outcome[]> {
    finished.add(...events);
    return events.map(() => done);
  }
}

@Module({ controllers: [PlanConsumer, WishConsumer, EndConsumer, NotifyConsumer] })
class ConsumersModule {}

@Module({ controllers: [PlanConsumer] })
class AnotherPlannerModule {}

let app: INestMicroservice | undefined;
afterEach(async () => {
  await app?.close();
  app = undefined;
});

async function start(modules: Type[], options: MessagingModuleOptions = {}): Promise<Transport> {
  brokerName = randomUUID();
  const services = ['planner', 'notifier'] as const;
  const transport = createTransport({ url: `inproc:${brokerName}`, services, retryTiersMs: [1] });
  const imports = [MessagingModule.forRoot(transport, options), ...modules];
  const testing = await Test.createTestingModule({ imports }).compile();
  app = testing.createNestMicroservice<CustomStrategy>({
    strategy: transport.strategy,
    logger: false,
  } as CustomStrategy);
  await app.listen();
  return transport;
}

test('methods of controllers handle messages and events, as themselves, with their dependencies', async () => {
  const { publisher } = await start([ConsumersModule]);
  const id = randomUUID() as string;
  await publisher.publish(jobSubmitted, { job_id: id });
  await publisher.publishEvents([finishedEvent('a')]);
  await plans.until((all) => all.includes(`plan ${id}`));
  await finished.atLeast(1);
  expect(finished.items).toEqual([finishedEvent('a')]);
  expect(app!.get(NotifyConsumer).publisher).toBe(publisher);
});

test("a handler's own error message reaches the dead letter", async () => {
  const transport = await start([ConsumersModule]);
  await transport.publisher.publish(jobSubmitted, { job_id: randomUUID().replace(/^.{3}/, 'bad') });
  const broker = InProcessBroker.acquire(brokerName);
  if (broker.deadLetters.length === 0) await once(broker.signals, 'dead-letter');
  expect(broker.deadLetters[0]).toMatchObject({ attempts: 2, reason: 'the handler threw: the planner is confused' });
  InProcessBroker.release(brokerName);
});

test('two controllers for one message keep the application from starting', async () => {
  await expect(start([ConsumersModule, AnotherPlannerModule])).rejects.toThrow(
    '"job.submitted" of queue planner.jobs has more',
  );
});

test('a missing controller keeps the application from starting', async () => {
  await expect(start([AnotherPlannerModule])).rejects.toThrow(
    '"job.finished.v1" of queue notifier.events has no handler',
  );
});

test('a handler of an event that several queues bring must say which it reads', () => {
  expect(() => HandleMessage(jobFinishedEvent)).toThrow('planner.events, notifier.events');
});

test('closing the application waits for the handler in hand, relays what it owes, then closes the transport', async () => {
  const owed: OutboxRow[] = [];
  const takeBatch = async (limit: number, publish: (rows: readonly OutboxRow[]) => Promise<void>): Promise<number> => {
    const rows = owed.slice(0, limit);
    await publish(rows);
    owed.splice(0, rows.length);
    return rows.length;
  };
  const transport = await start([ConsumersModule], { outbox: { useFactory: () => ({ takeBatch }) } });
  expect(app!.get<OutboxRelay>(OUTBOX_RELAY).wake).toBeDefined();
  const release = latch();
  gate = release.opened;
  const id = randomUUID() as string;
  await transport.publisher.publish(jobSubmitted, { job_id: id });
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  const closing = app!.close();
  owed.push({ id: 1, kind: 'events', type: 'job.finished.v1', body: [finishedEvent('z')] });
  release.open();
  await closing;
  expect(plans.items).toContain(`plan ${id}`);
  expect(owed).toEqual([]);
  expect(transport.isConnected()).toBe(false);
  await expect(transport.publisher.publish(jobSubmitted, { job_id: id })).rejects.toMatchObject({ code: 'closed' });
});
