import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Database } from '@computalot/database';
import { createTestDatabase, type TestDatabase } from '@computalot/testing';
import { seedProject } from '../testing/seed-job.js';
import { startGateway, type Answer, type Gateway } from '../testing/start-gateway.js';
import { ForgetKeysLoop } from './forget-keys.loop.js';

/** Counts statements; when told to, does something before one of them, or breaks after it: the statement was done, its answer is lost. */
class WatchedDatabase extends Database {
  statements = 0;
  loseAnswerOf: RegExp | null = null;
  before: { readonly sql: RegExp; readonly work: () => Promise<unknown> } | null = null;

  override query: Database['query'] = async (sql, params) => {
    this.statements++;
    const { before } = this;
    if (before?.sql.test(sql)) {
      this.before = null;
      await before.work();
    }
    const rows = await Database.prototype.query.call(this, sql, params);
    if (!this.loseAnswerOf?.test(sql)) return rows as never;
    this.loseAnswerOf = null;
    throw Object.assign(new Error('Connection terminated unexpectedly'), { code: 'ECONNRESET' });
  };
}

let test_: TestDatabase;
let db: WatchedDatabase;
let gateway: Gateway;
let account: { id: string; key: string };
let next = 0;
let key = '';

beforeAll(async () => {
  test_ = await createTestDatabase();
  db = new WatchedDatabase({ url: test_.url });
  gateway = await startGateway(db);
  account = await gateway.account('once', 'admin');
  await db.query('UPDATE accounts SET is_operator = true WHERE id = $1', [account.id]);
  await seedProject(db, account.id, 'p');
});
afterAll(async () => {
  await gateway?.stop();
  await db?.close();
  await test_?.drop();
});
beforeEach(() => {
  key = `key-${next++}`;
});

const JOBS = '/api/v1/jobs';
const job = (more: object = {}) => ({ project: 'p', payload: { n: key }, ...more });

function post(path: string, body: unknown, headers: Record<string, string> = {}, as = account.key): Promise<Answer> {
  return gateway.call('POST', path, { key: as, body, headers: { 'idempotency-key': key, ...headers } });
}

async function count(table: string, where: string): Promise<number> {
  const [row] = await db.query<{ n: number }>(`SELECT count(*) AS n FROM ${table} WHERE ${where}`);
  return row?.n ?? -1;
}

/** What a gateway leaves that dies between its work and the answer, so many seconds ago. */
const dieBeforeTheAnswer = (seconds: number) =>
  db.query(
    `UPDATE idempotency_keys SET status = NULL, headers = NULL, body = NULL, claimed_at = now() - make_interval(secs => $2) WHERE key = $1`,
    [key, seconds],
  );

const jobsOfKey = () => count('job_submissions', `submission #>> '{payload,n}' = '${key}'`);

describe('the same request with the same key', () => {
  test('is answered once and replayed byte for byte, under the request id of now', async () => {
    const first = await post(JOBS, job());
    expect(first.status).toBe(201);
    expect(first.headers['idempotency-replayed']).toBeUndefined();
    const wakes = gateway.wakes();
    const again = await post(JOBS, job());
    expect([again.status, again.text]).toEqual([201, first.text]);
    for (const name of ['location', 'content-type', 'content-length'])
      expect([name, again.headers[name]]).toEqual([name, first.headers[name]]);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(again.headers['x-request-id']).not.toBe(first.headers['x-request-id']);
    expect(gateway.wakes()).toBe(wakes);
    expect(await jobsOfKey()).toBe(1);
  });

  test('sent twenty times at once creates one job', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(JOBS, job())));
    const created = answers.filter(({ status }) => status === 201);
    expect(new Set(created.map(({ text }) => text)).size).toBe(1);
    expect(created.filter(({ headers }) => headers['idempotency-replayed'] === undefined)).toHaveLength(1);
    for (const answer of answers.filter(({ status }) => status !== 201)) {
      expect(answer.json).toMatchObject({ status: 409, code: 'idempotency_in_progress' });
      expect(answer.headers['retry-after']).toBe('1');
    }
    expect(await jobsOfKey()).toBe(1);
    expect((await post(JOBS, job())).text).toBe(created[0]?.text);
  });

  test('costs two statements more the first time and one less than the work ever after; without the header none', async () => {
    const cost = async (work: () => Promise<unknown>) => {
      const before = db.statements;
      await work();
      return db.statements - before;
    };
    const plain = await cost(() => gateway.call('POST', JOBS, { key: account.key, body: job() }));
    expect(await cost(() => post(JOBS, job()))).toBe(plain + 2);
    expect(await cost(() => post(JOBS, job()))).toBe(1);
    expect(await count('idempotency_keys', `key = '${key}'`)).toBe(1);
  });

  test('is replayed with the problem it was answered with', async () => {
    const first = await post(JOBS, { project: 'nowhere' });
    const again = await post(JOBS, { project: 'nowhere' });
    expect([again.status, again.text]).toEqual([422, first.text]);
    expect(again.headers['content-type']).toContain('application/problem+json');
    expect(again.headers['idempotency-replayed']).toBe('true');
  });
});

describe('a key means one request, of one account and route', () => {
  test.each<[string, () => Promise<Answer>]>([
    ['another body', () => post(JOBS, job({ priority: 1 }))],
    ['another content type', () => post(JOBS, job(), { 'content-type': 'application/vnd.api+json' })],
    ['another query', () => post(`${JOBS}?x=1`, job())],
  ])('%s is refused', async (_name, other) => {
    await post(JOBS, job());
    expect((await other()).json).toMatchObject({ status: 422, code: 'idempotency_key_reused' });
    expect(await jobsOfKey()).toBe(1);
  });

  test('another path of the same route is refused', async () => {
    const { json } = await gateway.call('POST', '/api/v1/admin/accounts', { key: account.key, body: { name: key } });
    expect((await post(`/api/v1/admin/accounts/${String(json.id)}/keys`, { role: 'viewer' })).status).toBe(201);
    const other = await post('/api/v1/admin/accounts/acc_00000000000000000000000000/keys', { role: 'viewer' });
    expect(other.json).toMatchObject({ code: 'idempotency_key_reused' });
  });

  test('other accounts and routes do not see it', async () => {
    const other = await gateway.account(`other-${key}`);
    await seedProject(db, other.id, 'p');
    const ids = [
      await post(JOBS, job()),
      await post(JOBS, job(), {}, other.key),
      await post('/api/v1/projects', { name: key }),
    ];
    expect(ids.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(await jobsOfKey()).toBe(2);
  });

  test.each(['', 'two words', 'ü', 'x'.repeat(256), 'tab\there'])('%j is no key', async (no) => {
    const answer = await post(JOBS, job(), { 'idempotency-key': no });
    expect(answer.json).toMatchObject({ status: 400, code: 'malformed_request' });
    expect(await jobsOfKey()).toBe(0);
  });
});

describe('what is not kept', () => {
  test('requests refused before they are looked at', async () => {
    expect((await post(JOBS, job(), {}, 'flk_nobodynobody')).status).toBe(401);
    const viewer = await gateway.keyOf(account.id, 'viewer');
    expect((await post(JOBS, job(), {}, viewer)).status).toBe(403);
    expect((await post(JOBS, job({ meta: 'x'.repeat(10 * 1024 * 1024) }))).status).toBe(413);
    expect((await post(JOBS, job(), { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await post(JOBS, job())).status).toBe(201);
  });

  test('a failure: the same request may come again at once, and finds what the failed one did', async () => {
    db.loseAnswerOf = /INSERT INTO jobs/;
    expect((await post(JOBS, job())).json).toMatchObject({ status: 503 });
    expect(await jobsOfKey()).toBe(1);
    const again = await post(JOBS, job());
    expect(again.status).toBe(201);
    expect(again.json).toMatchObject({ status: 'planning', payload: { n: key } });
    expect(await jobsOfKey()).toBe(1);
    expect((await post(JOBS, job())).text).toBe(again.text);
  });

  test('an answer that could not be kept leaves all the same', async () => {
    db.loseAnswerOf = /SET status = \$5/;
    expect((await post(JOBS, job())).status).toBe(201);
  });
});

describe('a request whose gateway died', () => {
  test('is in progress for a minute, then continued: nothing exists twice', async () => {
    const first = await post(JOBS, job());
    await dieBeforeTheAnswer(55);
    expect((await post(JOBS, job())).json).toMatchObject({ code: 'idempotency_in_progress' });
    await dieBeforeTheAnswer(61);
    const again = await post(JOBS, job());
    expect([again.status, again.json.id, again.headers.location]).toEqual([201, first.json.id, first.headers.location]);
    expect(await jobsOfKey()).toBe(1);
  });

  test('before it did anything begins anew, under the same id', async () => {
    const first = await post(JOBS, job());
    await db.query('DELETE FROM jobs WHERE id = (SELECT seed FROM idempotency_keys WHERE key = $1)', [key]);
    await dieBeforeTheAnswer(61);
    expect((await post(JOBS, job())).text).toContain(String(first.json.id));
    expect(await jobsOfKey()).toBe(1);
  });

  test('or was only slow: what it does at the last moment counts', async () => {
    const first = await post(JOBS, job());
    const seed = '(SELECT seed FROM idempotency_keys WHERE key = $1)';
    await db.query(`DELETE FROM jobs WHERE id = ${seed}`, [key]);
    await dieBeforeTheAnswer(61);
    const work = async () => {
      await db.query(`INSERT INTO jobs (id, account_id, type, name) VALUES (${seed}, $2, 'x', 'the slow one')`, [
        key,
        account.id,
      ]);
      await db.query(`INSERT INTO job_submissions (job_id, submission) VALUES (${seed}, '{}')`, [key]);
    };
    db.before = { sql: /INSERT INTO jobs/, work };
    const again = await post(JOBS, job());
    expect(again.json).toMatchObject({ id: first.json.id, name: 'the slow one' });
  });

  test('keeps its job when the project went away since', async () => {
    await seedProject(db, account.id, key);
    const first = await post(JOBS, job({ project: key }));
    await db.query('DELETE FROM projects WHERE name = $1', [key]);
    await dieBeforeTheAnswer(61);
    const again = await post(JOBS, job({ project: key }));
    expect([again.status, again.json.id]).toEqual([201, first.json.id]);
  });

  test('finds its project and its account again', async () => {
    for (const path of ['/api/v1/projects', '/api/v1/admin/accounts']) {
      const first = await post(path, { name: key });
      await dieBeforeTheAnswer(61);
      const again = await post(path, { name: key });
      expect([again.status, again.text]).toEqual([201, first.text]);
    }
  });

  test('makes a key that works, under the id it had', async () => {
    const { json } = await gateway.call('POST', '/api/v1/admin/accounts', { key: account.key, body: { name: key } });
    const path = `/api/v1/admin/accounts/${String(json.id)}/keys`;
    const first = await post(path, { role: 'viewer' });
    await dieBeforeTheAnswer(61);
    const again = await post(path, { role: 'viewer' });
    expect(again.json.id).toBe(first.json.id);
    expect((await gateway.call('GET', JOBS, { key: String(again.json.key) })).status).toBe(200);
  });
});

test('a secret answer is kept sealed, and replayed to the key that asked and no other', async () => {
  const { json } = await gateway.call('POST', '/api/v1/admin/accounts', { key: account.key, body: { name: key } });
  const path = `/api/v1/admin/accounts/${String(json.id)}/keys`;
  const first = await post(path, { role: 'member' });
  const [row] = await db.query<{ body: string }>('SELECT body FROM idempotency_keys WHERE key = $1', [key]);
  expect(row?.body).toBeTruthy();
  expect(row?.body).not.toContain('flk_');
  expect((await post(path, { role: 'member' })).text).toBe(first.text);
  const otherAdmin = await gateway.keyOf(account.id, 'admin');
  expect((await post(path, { role: 'member' }, {}, otherAdmin)).json).toMatchObject({ code: 'idempotency_key_reused' });
});

test('keys are forgotten after a day, and not before', async () => {
  await post(JOBS, job());
  await db.query(`UPDATE idempotency_keys SET created_at = now() - interval '23 hours 59 minutes' WHERE key = $1`, [
    key,
  ]);
  const loop = gateway.app.get(ForgetKeysLoop, { strict: false });
  expect(await loop.runOnce()).toBe(0);
  await db.query(`UPDATE idempotency_keys SET created_at = now() - interval '24 hours 1 second' WHERE key = $1`, [key]);
  expect(await loop.runOnce()).toBe(1);
  expect((await post(JOBS, job({ priority: 1 }))).status).toBe(201);
});
