import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createProject, publishRevision, type Database } from '@computalot/database';
import { decodeId } from '@computalot/kernel';
import { createTestDatabase, type TestDatabase } from '@computalot/testing';
import { startGateway, type Gateway } from '../testing/start-gateway.js';

let db: TestDatabase;
let gateway: Gateway;
let account: { id: string; key: string };

async function project(database: Database, accountId: string, name: string, manifest: object | null): Promise<void> {
  const created = await createProject(database, accountId, name);
  const event = {
    type: 'project.revision_published.v1',
    id: 'e',
    subject: name,
    time: new Date().toISOString(),
    data: {},
  };
  await publishRevision(database, accountId, created?.id ?? '', {
    hash: 'a'.repeat(64),
    size_bytes: 1,
    entry_count: 1,
    manifest,
    event,
  });
}

beforeAll(async () => {
  db = await createTestDatabase();
  gateway = await startGateway(db.database);
  account = await gateway.account('submitters');
  await project(db.database, account.id, 'knn', { version: 1, entrypoint: { command: ['python3', 'run.py'] } });
  await project(db.database, account.id, 'bare', null);
  await createProject(db.database, account.id, 'empty');
});
afterAll(async () => {
  await gateway?.stop();
  await db?.drop();
});

const submit = (body: unknown, key = account.key) => gateway.call('POST', '/api/v1/jobs', { key, body });
const submitText = (raw: string) => gateway.call('POST', '/api/v1/jobs', { key: account.key, raw });

describe('an accepted job', () => {
  test('is answered with its place and what was sent, and written with what announces it', async () => {
    const wakes = gateway.wakes();
    const sent = {
      project: 'knn',
      payload: { ks: [1, 2, 3] },
      fan_out: { by: 'ks', batch_size: 2 },
      requirements: { memory_gb: 2, labels: { zone: 'a' } },
      retry: { max_attempts: 3 },
      tags: ['a', 'b'],
      meta: { deep: [1, { x: null }] },
      variant: 'v1',
      client_ref: 'ref-1',
      priority: 5,
      env: { SEED: '7' },
      queue_timeout_s: 60,
      name: 'neighbours',
    };
    const answer = await submit(sent);
    expect(answer.status).toBe(201);
    expect(answer.headers.location).toBe(`/api/v1/jobs/${String(answer.json.id)}`);
    expect(answer.json).toMatchObject({
      ...sent,
      status: 'planning',
      type: 'structured_runner',
      revision: 'a'.repeat(64),
    });
    expect(answer.json.job_id).toBe(answer.json.id);
    expect(gateway.wakes()).toBe(wakes + 1);

    const id = decodeId('job', String(answer.json.id));
    const [row] = await db.database.query<Record<string, unknown>>(
      `SELECT j.requirements, j.retry, j.queue_deadline > now() + interval '50 seconds' AS has_deadline, s.submission, s.item_total, s.batch_size
       FROM jobs j JOIN job_submissions s ON s.job_id = j.id WHERE j.id = $1`,
      [id],
    );
    expect(row).toMatchObject({
      requirements: { cpu: 1, memory_gb: 2, labels: { zone: 'a' } },
      retry: { max_attempts: 3 },
      has_deadline: true,
      submission: sent,
      item_total: 3,
      batch_size: 2,
    });
    const outbox = await db.database.query<{ type: string; body: unknown }>(
      `SELECT type, body FROM outbox WHERE body::text LIKE $1 OR body::text LIKE $2 ORDER BY id`,
      [`%${String(id)}%`, `%${String(answer.json.id)}%`],
    );
    expect(outbox.map((message) => message.type)).toEqual(['job.submitted', 'job.submitted.v1']);
    expect(outbox[0]?.body).toEqual({ job_id: id });

    const read = await gateway.call('GET', `/api/v1/jobs/${String(answer.json.id)}`, { key: account.key });
    expect(read.json).toMatchObject({ ...sent, status: 'planning' });
  });

  test("keeps users' numbers and key order to the letter", async () => {
    const answer = await submitText(
      '{"project":"knn","payload":{"z":1.0,"a":12345678901234567890,"e":1e400},"meta":{"b":1.50, "a":2}}',
    );
    expect(answer.text).toContain('"payload":{"z":1.0,"a":12345678901234567890,"e":1e400}');
    const read = await gateway.call('GET', `/api/v1/jobs/${String(answer.json.id)}`, { key: account.key });
    expect(read.text).toContain('"payload":{"z":1.0,"a":12345678901234567890,"e":1e400}');
    expect(read.text).toContain('"meta":{"b":1.50, "a":2}');
    const list = await gateway.call('GET', '/api/v1/jobs?limit=1', { key: account.key });
    expect(list.text).toContain('"meta":{"b":1.50, "a":2}');
  });

  test('may say null where it means nothing', async () => {
    const answer = await submit({
      project: 'knn',
      fan_out: null,
      batch_size: null,
      timeout_s: null,
      requirements: { gpu: null },
      retry: null,
      depends_on: [],
    });
    expect(answer.status).toBe(201);
  });
});

describe('what the account does not have', () => {
  test.each([
    [{ project: 'nope' }, 'project_not_found', '/project'],
    [{ project: 'empty' }, 'project_has_no_revision', '/project'],
    [{ project: 'bare' }, 'no_command', '/runner_command'],
  ])('%j is %s', async (body, code, pointer) => {
    const answer = await submit(body);
    expect(answer.status).toBe(422);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.json).toMatchObject({ code, errors: [{ pointer }] });
  });

  test("another account's project does not exist", async () => {
    const other = await gateway.account('strangers');
    const answer = await submit({ project: 'knn' }, other.key);
    expect(answer.json).toMatchObject({ status: 422, code: 'project_not_found' });
  });

  test('a command of its own runs in a project without one', async () => {
    expect((await submit({ project: 'bare', runner_command: ['./run'] })).status).toBe(201);
  });
});

describe('what cannot be stored or understood', () => {
  test.each([
    ['{"project":"knn","payload":{"a":"x\\u0000"}}', 422, 'validation_failed'],
    ['{"project":"knn","payload":{"a\\u0000":1}}', 422, 'validation_failed'],
    ['{"project":"knn","requirements":{"labels":{"z":"\\ud800"}}}', 422, 'validation_failed'],
    ['{"project":"knn","payload":{"__proto__":{"x":1}}}', 422, 'validation_failed'],
    ['{"project":"knn","constructor":{"x":1}}', 422, 'validation_failed'],
    ['{"project":"knn","toString":1,"hasOwnProperty":2}', 422, 'validation_failed'],
    [`{"project":"knn","payload":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}`, 422, 'validation_failed'],
    ['{"project":"knn"', 400, 'malformed_json'],
    ['', 400, 'malformed_json'],
    ['[]', 422, 'validation_failed'],
    ['null', 422, 'validation_failed'],
  ])('unstorable body %# is refused', async (raw, status, code) => {
    const answer = await submitText(raw);
    expect(answer.json).toMatchObject({ status, code });
    expect(answer.status).toBe(status);
    expect(answer.json.request_id).toMatch(/^req_/);
    expect(answer.json.recommended_action).toBeTruthy();
  });

  test('bytes that are not UTF-8 are 400', async () => {
    const answer = await gateway.call('POST', '/api/v1/jobs', {
      key: account.key,
      raw: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
    });
    expect(answer.json).toMatchObject({ status: 400, code: 'malformed_json' });
  });

  test('another content type is 415, more than 10 MiB is 413 with the advice', async () => {
    const form = await gateway.call('POST', '/api/v1/jobs', {
      key: account.key,
      raw: 'a=1',
      headers: { 'content-type': 'text/plain' },
    });
    expect(form.json).toMatchObject({ status: 415 });
    const large = await submitText(`{"project":"knn","payload":{"a":"${'x'.repeat(10 * 1024 * 1024)}"}}`);
    expect(large.json).toMatchObject({ status: 413, code: 'payload_too_large' });
    expect(large.json.recommended_action).toContain('items_artifact');
  });
});

describe('who may', () => {
  test.each([
    ['no key', undefined],
    ['no such key', 'flk_0123456789abcdef'],
    ['no key of ours', 'sk-123'],
  ])('%s: 401 that says how', async (_name, key) => {
    const answer = await gateway.call('POST', '/api/v1/jobs', { ...(key ? { key } : {}), raw: '{' });
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toContain('Bearer');
    expect(answer.json).toMatchObject({ code: 'unauthorized', status: 401 });
  });

  test('a viewer may read and not write', async () => {
    const viewer = await gateway.account('viewers', 'viewer');
    expect((await submit({ project: 'knn' }, viewer.key)).json).toMatchObject({ status: 403, code: 'forbidden' });
    expect((await gateway.call('GET', '/api/v1/jobs', { key: viewer.key })).status).toBe(200);
  });

  test("another account's job is not found, by any route", async () => {
    const { json } = await submit({ project: 'knn' });
    const other = await gateway.account('curious');
    for (const [method, path] of [
      ['GET', `/api/v1/jobs/${String(json.id)}`],
      ['GET', `/api/v1/results/${String(json.id)}`],
      ['PUT', `/api/v1/jobs/${String(json.id)}/cancel`],
    ] as const) {
      expect((await gateway.call(method, path, { key: other.key })).status).toBe(404);
    }
    const list = await gateway.call('GET', '/api/v1/jobs', { key: other.key });
    expect(list.json).toEqual({ jobs: [], next_cursor: null });
    const [row] = await db.database.query<{ asked: Date | null }>(
      'SELECT cancel_requested_at AS asked FROM jobs WHERE id = $1',
      [decodeId('job', String(json.id))],
    );
    expect(row?.asked).toBeNull();
  });
});

describe('routes', () => {
  test('a path that does not exist is 404, a wrong method 405 with Allow', async () => {
    expect((await gateway.call('GET', '/api/v1/nothing', { key: account.key })).json).toMatchObject({
      status: 404,
      code: 'route_not_found',
    });
    const wrong = await gateway.call('DELETE', '/api/v1/jobs', { key: account.key });
    expect(wrong.json).toMatchObject({ status: 405, code: 'method_not_allowed' });
    expect(wrong.headers.allow).toBe('GET, HEAD, POST');
  });

  test.each(['job_', 'job_zzzzzzzzzzzzzzzzzzzzzzzzzz', '%00', 'x'.repeat(200), "'; DROP TABLE jobs; --"])(
    'id %j is 404',
    async (id) => {
      const answer = await gateway.call('GET', `/api/v1/jobs/${encodeURIComponent(decodeURIComponent(id))}`, {
        key: account.key,
      });
      expect(answer.status).toBe(404);
    },
  );

  test('a URL that cannot be decoded is a 400 problem', async () => {
    const answer = await gateway.call('GET', '/api/v1/jobs/%zz', { key: account.key });
    expect(answer.json).toMatchObject({ status: 400, code: 'malformed_request' });
  });
});

describe('lists', () => {
  test('filters and pages', async () => {
    const lister = await gateway.account('lister');
    await project(db.database, lister.id, 'p1', { entrypoint: { command: ['x'] } });
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) {
      ids.push(
        String(
          (await submit({ project: 'p1', tags: n % 2 ? ['odd', 'n'] : ['even', 'n'], client_ref: `r${n}` }, lister.key))
            .json.id,
        ),
      );
    }
    const list = async (query: string) =>
      (await gateway.call('GET', `/api/v1/jobs?${query}`, { key: lister.key })).json;
    const idsOf = (body: Record<string, unknown>) => (body.jobs as { id: string }[]).map((job) => job.id);
    const first = await list('limit=2');
    expect(idsOf(first)).toEqual([ids[4], ids[3]]);
    const second = await list(`limit=2&cursor=${String(first.next_cursor)}`);
    expect(idsOf(second)).toEqual([ids[2], ids[1]]);
    expect((await list(`limit=2&cursor=${String(second.next_cursor)}`)).next_cursor).toBeNull();
    expect(idsOf(await list('tag=odd&tag=n'))).toEqual([ids[3], ids[1]]);
    expect(idsOf(await list('client_ref=r2'))).toEqual([ids[2]]);
    expect(idsOf(await list('status=planning,queued'))).toHaveLength(5);
    expect(idsOf(await list('status=completed'))).toHaveLength(0);
    expect(idsOf(await list('created_after=2999-01-01'))).toHaveLength(0);
    expect(idsOf(await list('type=structured_runner'))).toHaveLength(5);
    expect(idsOf(await list('type=sweep'))).toHaveLength(0);
    // As it is shown, in milliseconds: a job is neither before nor after its own time.
    await db.database.query(`UPDATE jobs SET created_at = '2026-01-01T00:00:00.1235Z' WHERE id = $1`, [
      decodeId('job', ids[0] ?? ''),
    ]);
    expect(idsOf(await list('created_before=2026-01-01T00:00:00.124Z'))).toEqual([ids[0]]);
    expect(idsOf(await list('created_before=2026-01-01T00:00:00.123Z'))).toEqual([]);
    expect(idsOf(await list('created_after=2026-01-01T00:00:00.123Z'))).not.toContain(ids[0]);
    expect(idsOf(await list('created_after=2026-01-01T00:00:00.122Z'))).toContain(ids[0]);
  });

  test.each([
    'limit=0',
    'limit=501',
    'limit=x',
    'cursor=zzz',
    'status=done',
    'type=sweeep',
    'created_after=yesterday',
    'tagg=a',
    'status=&limit=-1',
  ])('?%s is 422', async (query) => {
    const answer = await gateway.call('GET', `/api/v1/jobs?${query}`, { key: account.key });
    expect(answer.json).toMatchObject({ status: 422, code: 'validation_failed' });
  });
});

describe('cancel', () => {
  test('asks once, and answers the same again', async () => {
    const { json } = await submit({ project: 'knn' });
    const path = `/api/v1/jobs/${String(json.id)}/cancel`;
    const wakes = gateway.wakes();
    for (let n = 0; n < 2; n++) {
      const answer = await gateway.call('PUT', path, { key: account.key });
      expect(answer.status).toBe(200);
      expect(answer.json).toMatchObject({ id: json.id, cancel_requested: true });
    }
    expect(gateway.wakes()).toBe(wakes + 1);
    const rows = await db.database.query(
      `SELECT FROM outbox WHERE type = 'job.cancel_requested' AND body->>'job_id' = $1`,
      [decodeId('job', String(json.id))],
    );
    expect(rows).toHaveLength(1);
  });
});
