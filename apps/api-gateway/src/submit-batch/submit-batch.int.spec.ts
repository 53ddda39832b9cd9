import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Database } from '@computalot/database';
import { decodeId } from '@computalot/kernel';
import { createTestDatabase, type TestDatabase } from '@computalot/testing';
import { seedProject } from '../testing/seed-job.js';
import { startGateway, type Answer, type Gateway } from '../testing/start-gateway.js';

/** Counts statements, and does something of its own before one of them when told to. */
class WatchedDatabase extends Database {
  statements = 0;
  before: { readonly sql: RegExp; readonly work: () => Promise<unknown> } | null = null;

  override query: Database['query'] = async (sql, params) => {
    this.statements++;
    const { before } = this;
    if (before?.sql.test(sql)) {
      this.before = null;
      await before.work();
    }
    return (await Database.prototype.query.call(this, sql, params)) as never;
  };
}

interface Entry {
  readonly index: number;
  readonly id?: string;
  readonly job_id?: string;
  readonly status?: string;
  readonly problem?: { readonly status: number; readonly code: string; readonly errors?: { pointer: string }[] };
}

let fixture: TestDatabase;
let db: WatchedDatabase;
let gateway: Gateway;
let account: { id: string; key: string };

beforeAll(async () => {
  fixture = await createTestDatabase();
  db = new WatchedDatabase({ url: fixture.url });
  gateway = await startGateway(db);
  account = await gateway.account('batchers');
  await seedProject(db, account.id, 'p');
});
afterAll(async () => {
  await gateway?.stop();
  await db?.close();
  await fixture?.drop();
});

const send = (raw: string, headers: Record<string, string> = {}): Promise<Answer> =>
  gateway.call('POST', '/api/v1/jobs/batch', { key: account.key, raw, headers });
const sendJobs = (jobs: readonly unknown[], headers?: Record<string, string>) =>
  send(JSON.stringify({ jobs }), headers);
const entriesOf = (answer: Answer) => answer.json.jobs as Entry[];
const uuidOf = (entry: Entry | undefined) => decodeId('job', String(entry?.id)) ?? '';

describe('entries', () => {
  test('may wait for jobs of the account: queued with what they wait for, or the problem of a job that is not there', async () => {
    const [first] = entriesOf(await sendJobs([{ project: 'p' }]));
    const entries = entriesOf(
      await sendJobs([
        { project: 'p', depends_on: [{ job_id: first?.job_id, condition: 'terminal' }] },
        { project: 'p', depends_on: ['job_00000000000000000000000000'] },
        { project: 'p' },
      ]),
    );
    expect(entries.map((entry) => entry.status ?? entry.problem?.code)).toEqual([
      'queued',
      'dependency_not_found',
      'planning',
    ]);
    const rows = await db.query(
      'SELECT depends_on, condition, unmet FROM job_dependencies JOIN jobs ON jobs.id = job_id WHERE job_id = $1',
      [uuidOf(entries[0])],
    );
    expect(rows).toEqual([{ depends_on: uuidOf(first), condition: 'terminal', unmet: 1 }]);
  });

  test('stand alone: each is a job or the problem that it would have been answered with', async () => {
    const answer = await sendJobs([
      { project: 'p', client_ref: 'r0' },
      { project: 'nowhere' },
      { project: 'p', timeot_s: 1 },
      7,
      { project: 'p', payload: { n: 4 } },
    ]);
    expect(answer.status).toBe(200);
    const entries = entriesOf(answer);
    expect(entries.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4]);
    expect(entries.map(({ problem }) => problem?.code)).toEqual([
      undefined,
      'project_not_found',
      'validation_failed',
      'validation_failed',
      undefined,
    ]);
    expect(entries[2]?.problem?.errors?.[0]?.pointer).toBe('/timeot_s');
    expect(entries[1]?.problem).toMatchObject({ status: 422, request_id: answer.headers['x-request-id'] });
    for (const at of [0, 4]) {
      const { json } = await gateway.call('GET', `/api/v1/jobs/${String(entries[at]?.job_id)}`, { key: account.key });
      expect(json).toMatchObject({ id: entries[at]?.id, status: 'planning', project: 'p' });
    }
  });

  test('repeat what was sent to the letter, and null for what was not', async () => {
    const answer = await send(
      '{ "jobs" : [ {"project":"p", "payload": {"z":1.0, "a":12345678901234567890},"meta":[1.50,{ }],"variant":"v, ]}","client_ref":"r"} , {"project":"p"} ] }',
    );
    const [first, second] = entriesOf(answer);
    expect(answer.text).toBe(
      `{"jobs":[{"index":0,"id":"${first?.id}","job_id":"${first?.id}","status":"planning","payload":{"z":1.0, "a":12345678901234567890},"meta":[1.50,{ }],"variant":"v, ]}","client_ref":"r"},` +
        `{"index":1,"id":"${second?.id}","job_id":"${second?.id}","status":"planning","payload":null,"meta":null,"variant":null,"client_ref":null}]}`,
    );
    const read = await gateway.call('GET', `/api/v1/jobs/${String(first?.id)}`, { key: account.key });
    expect(read.text).toContain('"payload":{"z":1.0, "a":12345678901234567890}');
    expect(read.text).toContain('"meta":[1.50,{ }],"variant":"v, ]}"');
  });

  test('whose project goes away meanwhile fail alone', async () => {
    await seedProject(db, account.id, 'fleeting');
    db.before = {
      sql: /json_array_elements/,
      work: () => fixture.database.query(`DELETE FROM projects WHERE name = 'fleeting'`),
    };
    const answer = await sendJobs([{ project: 'p' }, { project: 'fleeting' }, { project: 'p' }]);
    expect(entriesOf(answer).map(({ status, problem }) => status ?? problem?.code)).toEqual([
      'planning',
      'project_not_found',
      'planning',
    ]);
  });

  test('are written as single submissions are, in the order of the batch', async () => {
    const body = {
      project: 'p',
      payload: { xs: [1, 2, 3] },
      fan_out: { by: 'xs' },
      batch_size: 2,
      requirements: { memory_gb: 2, labels: { a: 'b' } },
      retry: { max_attempts: 3 },
      tags: ['x', 'y, "z"'],
      meta: null,
      variant: { deep: [1] },
      client_ref: 'r',
      name: 'n',
      priority: -5,
      max_parallel: 3,
      max_failures: 0,
      queue_timeout_s: 60,
    };
    const single = await gateway.call('POST', '/api/v1/jobs', { key: account.key, body });
    const entries = entriesOf(await sendJobs([body, body, body]));
    const rowsOf = (id: string) =>
      db.query(
        `SELECT to_jsonb(j) - 'id' - 'created_at' - 'queue_deadline' AS job, j.queue_deadline - j.created_at AS patience, to_jsonb(s) - 'job_id' AS sent,
                s.submission::text, s.meta::text, s.variant::text,
                (SELECT array_agg(type ORDER BY id) FROM outbox WHERE body::text LIKE '%' || $1 || '%' OR body::text LIKE '%' || $2 || '%') AS told
         FROM jobs j JOIN job_submissions s ON s.job_id = j.id WHERE j.id = $1::uuid`,
        [decodeId('job', id), id],
      );
    const [expected] = await rowsOf(String(single.json.id));
    expect(expected).toMatchObject({ told: ['job.submitted', 'job.submitted.v1'] });
    for (const entry of entries) expect(await rowsOf(String(entry.id))).toEqual([expected]);
    const ids = entries.map(({ id }) => id);
    expect([...ids].sort()).toEqual(ids);
  });
});

describe('a batch', () => {
  test('of 200 costs as many statements as one of one, and wakes the planner once', async () => {
    const cost = async (size: number) => {
      const before = [db.statements, gateway.wakes()] as const;
      const entries = entriesOf(await sendJobs(Array.from({ length: size }, () => ({ project: 'p' }))));
      expect(entries.filter(({ status }) => status === 'planning')).toHaveLength(size);
      return [db.statements - before[0], gateway.wakes() - before[1]];
    };
    await cost(1);
    expect(await cost(200)).toEqual([2, 1]);
    expect(await cost(1)).toEqual([2, 1]);
  });

  test.each<[string, string]>([
    ['{}', '/jobs'],
    ['{"jobs":{}}', '/jobs'],
    ['{"jobs":[],"job":[]}', '/job'],
    ['{"jobs":[],"jobs":[]}', '/jobs'],
    [`{"jobs":[${Array(201).fill('{}').join(',')}]}`, '/jobs'],
  ])('%.30s… is no batch', async (raw, pointer) => {
    const answer = await send(raw);
    expect(answer.json).toMatchObject({ status: 422, code: 'validation_failed', errors: [{ pointer }] });
  });

  test('of nothing is nothing', async () => {
    expect((await send('{"jobs":[ ]}')).text).toBe('{"jobs":[]}');
  });

  test('of more than 10 MiB is too large', async () => {
    const half = { project: 'p', payload: { a: 'x'.repeat(5 * 1024 * 1024) } };
    expect((await sendJobs([half, half])).json).toMatchObject({ status: 413, code: 'payload_too_large' });
  });
});

describe('with an Idempotency-Key', () => {
  const jobs = [{ project: 'p' }, { project: 'nowhere' }, { project: 'p' }];

  test('is accepted once, and continued after its gateway died', async () => {
    const headers = { 'idempotency-key': 'batch-1' };
    const first = await sendJobs(jobs, headers);
    expect((await sendJobs(jobs, headers)).text).toBe(first.text);
    await db.query(`UPDATE idempotency_keys SET status = NULL, claimed_at = now() - interval '61 s'`);
    const [kept] = entriesOf(first);
    await db.query(`UPDATE jobs SET status = 'cancelled', finished_at = now() WHERE id = $1`, [uuidOf(kept)]);
    const again = entriesOf(await sendJobs(jobs, headers));
    expect(again.map(({ id }) => id)).toEqual(entriesOf(first).map(({ id }) => id));
    expect(again.map(({ status, problem }) => status ?? problem?.code)).toEqual([
      'cancelled',
      'project_not_found',
      'planning',
    ]);
  });

  test('that was half done is finished: what is there stays, the rest is made under its own ids', async () => {
    const headers = { 'idempotency-key': 'batch-2' };
    const first = entriesOf(await sendJobs(jobs, headers));
    await db.query('DELETE FROM jobs WHERE id = $1', [uuidOf(first[2])]);
    await db.query(`UPDATE idempotency_keys SET status = NULL, claimed_at = now() - interval '61 s'`);
    expect(entriesOf(await sendJobs(jobs, headers)).map(({ id }) => id)).toEqual(first.map(({ id }) => id));
    const rows = await db.query('SELECT id FROM jobs WHERE id = ANY ($1)', [[uuidOf(first[0]), uuidOf(first[2])]]);
    expect(rows).toHaveLength(2);
  });
});
