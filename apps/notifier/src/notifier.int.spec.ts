import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { jobFinishedEvent } from '@computalot/contracts';
import {
  Database,
  DatabaseModule,
  finishDeliveryAttempt,
  insertDeliveriesIfNew,
  keepWebhookSecret,
  listDeliveries,
  redeliver,
  rotateWebhookSecret,
} from '@computalot/database';
import { encodeId, newUuid } from '@computalot/kernel';
import { createTransport, MessagingModule, type Transport } from '@computalot/messaging';
import { createTestDatabase, type TestDatabase } from '@computalot/testing';
import type { INestApplication } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { NotifierModule } from './notifier.module.js';

interface Call {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly path: string;
}

/** A receiver whose answers the test decides. */
class Receiver {
  readonly calls: Call[] = [];
  answer: (response: ServerResponse, call: Call) => void = (response) => response.end();
  private waiting: (() => void)[] = [];
  private readonly server: Server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      const call = { headers: request.headers, body, path: request.url ?? '' };
      this.calls.push(call);
      for (const resolve of this.waiting.splice(0)) resolve();
      this.answer(response, call);
    });
  });
  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }
  close(): Promise<unknown> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }
  url(path = '/hook', host = '127.0.0.1'): string {
    return `http://${host}:${(this.server.address() as AddressInfo).port}${path}`;
  }
  async until(count: number): Promise<void> {
    while (this.calls.length < count) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }
}

let fixture: TestDatabase;
let receiver: Receiver;
let transport: Transport;
let app: INestApplication;
const account = newUuid();

beforeAll(async () => {
  fixture = await createTestDatabase();
});
afterAll(() => fixture.drop());
beforeEach(async () => {
  // As a transaction: it is run again when a loop of the service's and it wait for each other.
  await fixture.database.transaction((tx) => tx.query('TRUNCATE accounts, jobs, webhook_deliveries CASCADE'));
  await fixture.database.query('INSERT INTO accounts (id, name) VALUES ($1, $2)', [account, account]);
  receiver = new Receiver();
  await receiver.listen();
});
afterEach(async () => {
  await app.close();
  await receiver.close();
});

async function start(options = { allowPrivate: true }): Promise<void> {
  transport = createTransport({ url: `inproc:${newUuid()}`, services: ['notifier'] });
  const imports = [
    DatabaseModule.forRoot(new Database({ url: fixture.url })),
    MessagingModule.forRoot(transport),
    NotifierModule.forRoot(options),
  ];
  const module = await Test.createTestingModule({ imports }).compile();
  app = module.createNestApplication(new FastifyAdapter(), { logger: false });
  app.connectMicroservice({ strategy: transport.strategy });
  await app.init();
  await app.startAllMicroservices();
}

/** A completed job; its submission as text, because spelling must survive. */
async function finishedJob(submission: string): Promise<string> {
  const id = newUuid();
  await fixture.database.query(
    `INSERT INTO jobs (id, account_id, type, status, tags, client_ref, task_total, planned, completed, finished_at)
     VALUES ($1, $2, 'structured_runner', 'completed', '{a,b}', 'mine', 3, 3, 3, now())`,
    [id, account],
  );
  await fixture.database.query('INSERT INTO job_submissions (job_id, submission) VALUES ($1, $2)', [id, submission]);
  return id;
}

async function announce(jobId: string, more: object = {}): Promise<void> {
  const job_id = encodeId('job', jobId);
  const facts = {
    job_id,
    account_id: encodeId('acc', account),
    type: 'structured_runner',
    status: 'completed',
    tags: [],
  };
  const data = { ...facts, task_counts: { completed: 3 }, finished_at: new Date().toISOString(), ...more };
  await transport.publisher.publishEvents([
    { type: jobFinishedEvent.type, id: newUuid(), subject: job_id, time: data.finished_at, data },
  ]);
}

interface DeliveryRow {
  readonly id: string;
  readonly state: string;
  readonly attempts: number;
  readonly last_status: number | null;
  readonly last_error: string | null;
  readonly wait_s: number;
}
async function untilDelivery(matches: (row: DeliveryRow) => boolean, jobId?: string): Promise<DeliveryRow> {
  for (;;) {
    const rows = await fixture.database.query<DeliveryRow>(
      `SELECT id, state, attempts, last_status, last_error, extract(epoch FROM next_attempt_at - now())::float8 AS wait_s
       FROM webhook_deliveries WHERE job_id = $1 OR $1 IS NULL`,
      [jobId ?? null],
    );
    const found = rows.find(matches);
    if (found) return found;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
const makeDue = () =>
  fixture.database.query(`UPDATE webhook_deliveries SET next_attempt_at = now() WHERE state = 'pending'`);

describe('a finished job', () => {
  test('is posted although its event was lost', async () => {
    const job = await finishedJob(`{"callback_url":"${receiver.url()}"}`);
    await fixture.database.query(`UPDATE jobs SET finished_at = now() - interval '1 minute' WHERE id = $1`, [job]);
    await start();
    await receiver.until(1);
    expect(receiver.calls[0]?.body).toContain(encodeId('job', job));
  });

  test('is posted once, signed as Standard Webhooks says, with what the user attached as it was sent', async () => {
    await start();
    const job = await finishedJob(
      `{"callback_url":"${receiver.url()}","meta":{"n": 1.50, "z":1, "a":2},"variant":"v"}`,
    );
    await announce(job);
    await announce(job);
    const row = await untilDelivery(({ state }) => state === 'delivered');
    expect(receiver.calls).toHaveLength(1);
    const { headers, body } = receiver.calls[0]!;
    const parsed = JSON.parse(body) as { data: object };
    expect(parsed).toMatchObject({
      type: 'job.completed',
      data: { id: encodeId('job', job), status: 'completed', tags: ['a', 'b'], client_ref: 'mine', variant: 'v' },
    });
    expect(body).toContain('"meta":{"n": 1.50, "z":1, "a":2}');
    expect(headers['webhook-id']).toBe(encodeId('msg', row.id));
    const [{ webhook_secret } = { webhook_secret: '' }] = await fixture.database.query<{ webhook_secret: string }>(
      'SELECT webhook_secret FROM accounts',
    );
    expect(webhook_secret).toMatch(/^whsec_/);
    const verify = (changed: string) => new Webhook(webhook_secret).verify(changed, headers as Record<string, string>);
    expect(verify(body)).toEqual(parsed);
    expect(() => verify(body.replace('completed', 'failed'))).toThrow(WebhookVerificationError);
  });

  test('is posted once for each of its ends, also for one that a retry has overtaken', async () => {
    await start();
    const job = await finishedJob(`{"callback_url":"${receiver.url()}"}`);
    await fixture.database.query('UPDATE jobs SET run = 2 WHERE id = $1', [job]);
    const first = { run: 1, status: 'partial', task_counts: { completed: 2, failed: 1 } };
    await announce(job, first);
    await announce(job, { run: 2 });
    await announce(job, first);
    await receiver.until(2);
    const data = receiver.calls.map(({ body }) => (JSON.parse(body) as { data: { run: number } }).data);
    expect(data.sort((a, b) => a.run - b.run)).toMatchObject([
      { run: 1, status: 'partial', task_counts: { completed: 2, failed: 1 } },
      { run: 2, status: 'completed', task_counts: { completed: 3, failed: 0 } },
    ]);
    expect(await fixture.database.query('SELECT run FROM webhook_deliveries ORDER BY run')).toEqual([
      { run: 1 },
      { run: 2 },
    ]);
  });

  test('is posted for the end of its latest run although the event of that was lost', async () => {
    const job = await finishedJob(`{"callback_url":"${receiver.url()}"}`);
    await fixture.database.query(
      `INSERT INTO webhook_deliveries (id, job_id, url, body, state) VALUES ($1, $2, $3, '{}', 'delivered')`,
      [newUuid(), job, receiver.url()],
    );
    await fixture.database.query(`UPDATE jobs SET run = 2, finished_at = now() - interval '1 minute'`);
    await start();
    await receiver.until(1);
    expect(JSON.parse(receiver.calls[0]?.body ?? '')).toMatchObject({ data: { run: 2 } });
  });

  test('without a callback gets no delivery', async () => {
    await start();
    await announce(await finishedJob('{}'));
    const called = await finishedJob(`{"callback_url":"${receiver.url()}"}`);
    await announce(called);
    await untilDelivery(({ state }) => state === 'delivered');
    expect(await fixture.database.query('SELECT job_id FROM webhook_deliveries')).toEqual([{ job_id: called }]);
  });

  test('is tried again with the same id and body after a failure, and waits as long as the receiver asked', async () => {
    await start();
    receiver.answer = (response) => response.writeHead(503, { 'retry-after': '100' }).end();
    await announce(await finishedJob(`{"callback_url":"${receiver.url()}"}`));
    const failed = await untilDelivery(({ last_status }) => last_status === 503);
    expect(failed).toMatchObject({ state: 'pending', attempts: 1 });
    expect(failed.wait_s).toBeGreaterThan(90);
    expect(failed.wait_s).toBeLessThanOrEqual(100);
    receiver.answer = (response) => response.end();
    await makeDue();
    await untilDelivery(({ state, attempts }) => state === 'delivered' && attempts === 2);
    expect(receiver.calls[1]!.headers['webhook-id']).toBe(receiver.calls[0]!.headers['webhook-id']);
    expect(receiver.calls[1]!.body).toBe(receiver.calls[0]!.body);
  });

  test('410 ends it; a redirect is not followed', async () => {
    await start();
    receiver.answer = (response, call) => {
      if (call.path === '/gone') response.writeHead(410).end();
      else response.writeHead(302, { location: receiver.url('/elsewhere') }).end();
    };
    const gone = await finishedJob(`{"callback_url":"${receiver.url('/gone')}"}`);
    const moved = await finishedJob(`{"callback_url":"${receiver.url('/moved')}"}`);
    await announce(gone);
    await announce(moved);
    await untilDelivery(({ state, last_status }) => state === 'dead' && last_status === 410, gone);
    await untilDelivery(({ state, last_status }) => state === 'pending' && last_status === 302, moved);
    expect(receiver.calls.map(({ path }) => path).sort()).toEqual(['/gone', '/moved']);
  });
});

test('for a while after a rotation both secrets sign, and receivers that know either accept', async () => {
  const before = await keepWebhookSecret(fixture.database, account);
  const after = await rotateWebhookSecret(fixture.database, account, 3_600);
  await start();
  await announce(await finishedJob(`{"callback_url":"${receiver.url()}"}`));
  await receiver.until(1);
  const { headers, body } = receiver.calls[0]!;
  for (const known of [before, after]) {
    expect(new Webhook(known?.secret ?? '').verify(body, headers as Record<string, string>)).toBeTruthy();
  }
  await rotateWebhookSecret(fixture.database, account, 0);
  await announce(await finishedJob(`{"callback_url":"${receiver.url()}"}`));
  await receiver.until(2);
  const last = receiver.calls[1]!;
  expect(() => new Webhook(after?.secret ?? '').verify(last.body, last.headers as Record<string, string>)).toThrow(
    WebhookVerificationError,
  );
});

test('a dead delivery that is wanted again goes out with the same id, and its attempts are told', async () => {
  receiver.answer = (response) => response.writeHead(receiver.calls.length === 1 ? 410 : 200).end();
  await start();
  const job = await finishedJob(`{"callback_url":"${receiver.url()}"}`);
  await announce(job);
  const dead = await untilDelivery(({ state }) => state === 'dead');
  expect(await redeliver(fixture.database, newUuid(), job, dead.id)).toEqual([]);
  expect(await redeliver(fixture.database, account, job, dead.id)).toMatchObject([{ id: dead.id, state: 'pending' }]);
  await untilDelivery(({ state }) => state === 'delivered');
  expect(new Set(receiver.calls.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  expect(await listDeliveries(fixture.database, account, job, null, 10)).toMatchObject([
    {
      attempts: 2,
      recent_attempts: [
        { number: 1, status: 410, error: 'the receiver answered 410 Gone' },
        { number: 2, status: 200, error: null },
      ],
    },
  ]);
});

test('of many attempts the last ten are told', async () => {
  const job = await finishedJob(`{"callback_url":"${receiver.url()}"}`);
  const id = newUuid();
  await insertDeliveriesIfNew(fixture.database, [{ id, job_id: job, run: 1, url: receiver.url(), body: '{}' }]);
  for (let number = 1; number <= 12; number += 1) {
    await fixture.database.query('UPDATE webhook_deliveries SET attempts = $1', [number]);
    const outcome = { state: 'pending', status: number, error: null, retry_in_s: 0 } as const;
    await finishDeliveryAttempt(fixture.database, { id, attempts: number }, outcome);
  }
  const [row] = await listDeliveries(fixture.database, account, job, null, 10);
  expect(row?.recent_attempts.map(({ number }) => number)).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
});

test('a private target is refused by address and by name, without a connection', async () => {
  await start({ allowPrivate: false });
  for (const host of ['127.0.0.1', 'localhost', '0x7f.1', '[::ffff:127.0.0.1]']) {
    const job = await finishedJob(`{"callback_url":"${receiver.url('/hook', host)}"}`);
    await announce(job);
    expect((await untilDelivery(({ state }) => state === 'dead', job)).last_error).toContain('private');
  }
  expect(receiver.calls).toHaveLength(0);
});

test('an endpoint that never answers delays no other host', async () => {
  await start();
  receiver.answer = (response, call) => {
    if (call.headers.host?.startsWith('127.0.0.1')) return;
    response.end();
  };
  for (let i = 0; i < 6; i++) await announce(await finishedJob(`{"callback_url":"${receiver.url(`/slow${i}`)}"}`));
  await receiver.until(4);
  const quick = await finishedJob(`{"callback_url":"${receiver.url('/quick', 'localhost')}"}`);
  await announce(quick);
  await untilDelivery(({ state }) => state === 'delivered', quick);
  expect(receiver.calls.filter(({ path }) => path.startsWith('/slow'))).toHaveLength(4);
  await receiver.close();
});

test('a delivery that a dead notifier had claimed is taken up when its claim runs out', async () => {
  const job = await finishedJob(`{}`);
  await fixture.database.query(
    `INSERT INTO webhook_deliveries (id, job_id, url, body, attempts, next_attempt_at) VALUES ($1, $2, $3, '{}', 1, now() - interval '1 second')`,
    [newUuid(), job, receiver.url()],
  );
  await start();
  await untilDelivery(({ state, attempts }) => state === 'delivered' && attempts === 2);
});
