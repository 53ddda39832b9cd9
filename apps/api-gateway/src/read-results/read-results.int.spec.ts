import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newUuid } from '@computalot/kernel';
import { objectKeys } from '@computalot/object-store';
import { ensureAdminKey } from '@computalot/database';
import { createTestDatabase, type TestDatabase } from '@computalot/testing';
import { seedProject, SeededJob } from '../testing/seed-job.js';
import { startGateway, type Gateway } from '../testing/start-gateway.js';

let db: TestDatabase;
let gateway: Gateway;
let account: { id: string; key: string };

beforeAll(async () => {
  db = await createTestDatabase();
  gateway = await startGateway(db.database);
  account = await gateway.account('readers');
  await seedProject(db.database, account.id, 'p');
});
afterAll(async () => {
  await gateway?.stop();
  await db?.drop();
});

const get = (path: string, headers: Record<string, string> = {}) =>
  gateway.call('GET', path, { key: account.key, headers });
const seed = async (body: object, total: number) =>
  (await SeededJob.submit(gateway, db.database, account.key, { project: 'p', ...body })).plan(total);
const completed = (result: string | null, more: object = {}) => ({
  state: 'completed',
  attempt: 1,
  exit_code: 0,
  started_at: new Date(0),
  finished_at: new Date(1500),
  result,
  ...more,
});

describe('results', () => {
  test('come as the program wrote them, with what is known of each task', async () => {
    const job = await seed(
      { payload: { xs: [1, 2, 3] }, fan_out: { by: 'xs' }, meta: { m: 1 }, variant: 'v', tags: ['t'], client_ref: 'c' },
      3,
    );
    await job.task(
      0,
      completed('{"z":1.0,  "big":12345678901234567890}', { outcome: { quality: 0.5, warnings: ['w'] } }),
    );
    await job.task(1, {
      state: 'failed',
      attempt: 2,
      exit_code: 3,
      finished_at: new Date(),
      outcome: { error: { code: 'exit', message: 'exit code 3' } },
    });
    const answer = await get(`/api/v1/results/${job.id}`);
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('"result":{"z":1.0,  "big":12345678901234567890}');
    expect(answer.json).toMatchObject({
      job_id: job.id,
      completeness: { total: 3, completed: 1, failed: 1, cancelled: 0 },
      result_persisted: false,
      meta: { m: 1 },
      variant: 'v',
      tags: ['t'],
      client_ref: 'c',
      next_cursor: null,
      tasks: [
        {
          index: 0,
          status: 'completed',
          result_quality: 0.5,
          result_warnings: ['w'],
          exit_code: 0,
          duration_s: 1.5,
          error: null,
        },
        { index: 1, status: 'failed', result: null, exit_code: 3, error: { code: 'exit' }, result_quality: null },
        { index: 2, status: 'queued', result: null },
      ],
    });
    const pages = await get(`/api/v1/results/${job.id}?limit=2`);
    expect(pages.json.tasks).toHaveLength(2);
    const second = await get(`/api/v1/results/${job.id}?limit=2&cursor=${String(pages.json.next_cursor)}`);
    expect(second.json).toMatchObject({ tasks: [{ index: 2 }], next_cursor: null });
    expect((await get(`/api/v1/results/${job.id}?status=failed`)).json.tasks).toHaveLength(1);
  });

  test('stream as one line a task, over many pages', async () => {
    const job = await seed({ fan_out: { chunks: 1203, range_field: 'n', total: 5000 } }, 1203);
    const answer = await get(`/api/v1/results/${job.id}`, { accept: 'application/x-ndjson' });
    expect(answer.headers['content-type']).toContain('application/x-ndjson');
    const lines = answer.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { index: number });
    expect(lines.map((line) => line.index)).toEqual(Array.from({ length: 1203 }, (_, n) => n));
  });

  test('stay one line each, however the program wrote them', async () => {
    const job = await seed({}, 1);
    await job.task(0, completed('{\n  "a": "x\\ny"\r\n}\n'));
    const answer = await get(`/api/v1/results/${job.id}`, { accept: 'application/x-ndjson' });
    expect(answer.text.trimEnd().split('\n')).toHaveLength(1);
    expect(answer.json).toMatchObject({ result: { a: 'x\ny' } });
  });

  test('from the object store are shown up to 1 MiB and linked beyond', async () => {
    const job = await seed({ payload: { xs: [1, 2] }, fan_out: { by: 'xs' } }, 2);
    const small = '{"small":true}';
    const large = JSON.stringify({ large: 'x'.repeat(1_100_000) });
    for (const [index, text] of [small, large].entries()) {
      await gateway.objects.put(objectKeys.result(job.uuid, index, 1), Buffer.from(text));
      await job.task(index, completed(null, { outcome: { result_stored_bytes: text.length } }));
    }
    const { json } = await get(`/api/v1/results/${job.id}`);
    const url = `/api/v1/results/${job.id}/tasks/1`;
    expect(json.tasks).toMatchObject([{ result: { small: true } }, { result: null, result_url: url }]);
    expect((await get(url)).text).toBe(large);
    expect((await get(`/api/v1/results/${job.id}/tasks/2`)).status).toBe(404);
  });

  test('of a batched task are exposed per item', async () => {
    const job = await seed({ fan_out: { items: [{}, {}, {}], batch_size: 2 } }, 2);
    await job.task(0, completed('{"results":["a","b"]}'));
    await job.task(1, completed('{"results":["c","d"]}'));
    const { json } = await get(`/api/v1/results/${job.id}`);
    const [first, second] = json.tasks as Record<string, unknown>[];
    expect(first?.item_results).toEqual([
      { item: 0, result: 'a' },
      { item: 1, result: 'b' },
    ]);
    // One item too many: it cannot be told whose results they are.
    expect(second).not.toHaveProperty('item_results');
  });
});

describe('tasks', () => {
  test('show payload, attempts, output, artifacts and live state', async () => {
    const job = await seed({ payload: { xs: [10, 20, 30] }, fan_out: { by: 'xs' } }, 3);
    const worker = newUuid();
    await (await job.failedAttempt(0, 1, 7)).output(0, 1, 'stderr', 'boom\n');
    await job.task(0, { state: 'running', attempt: 2, worker_id: worker, started_at: new Date() });
    await job.output(1, 1, 'stdout', 'out\n');
    await job.output(1, 1, 'stderr', 'err\n');
    await job.task(1, completed('1'));
    await db.database.query(
      `INSERT INTO artifacts (id, account_id, job_id, task_index, attempt, filename, size_bytes, sha256, published_at) VALUES ($1, $2, $3, 1, 1, 'model.bin', 4, $4, now())`,
      [newUuid(), account.id, job.uuid, 'b'.repeat(64)],
    );
    const read = async () => (await get(`/api/v1/jobs/${job.id}/tasks`)).json.tasks as Record<string, unknown>[];
    expect(await read()).toMatchObject([
      {
        id: `${job.id}.0`,
        status: 'running',
        attempt: 2,
        payload: { xs: [10] },
        output: 'boom\n',
        live_feedback: null,
        last_failed_attempt: { attempt: 1, exit_code: 7, output: 'boom\n' },
      },
      {
        status: 'completed',
        payload: { xs: [20] },
        output: 'out\nerr\n',
        artifacts: [expect.stringMatching(/^art_/)],
        last_failed_attempt: null,
      },
      { status: 'queued', attempt: 0, payload: { xs: [30] }, output: '' },
    ]);
    gateway.feed.append(job.uuid, [
      {
        kind: 'output',
        index: 0,
        attempt: 2,
        stream: 'stdout',
        offset: 0,
        data: Buffer.from('hello').toString('base64'),
      },
      { kind: 'progress', index: 0, attempt: 2, progress: { step: 1 } },
    ]);
    await gateway.feed.flush();
    const saved = `UPDATE tasks SET checkpoint_attempt = 1, checkpoint_saved_at = to_timestamp(1.5), checkpoint_size_bytes = 12
      WHERE job_id = $1 AND index = 0`;
    await db.database.query(saved, [job.uuid]);
    const [first, second] = await read();
    expect(first).toMatchObject({
      output: 'hello',
      live_feedback: { output_tail: 'hello' },
      latest_progress: { step: 1 },
      checkpoint: { saved_at: '1970-01-01T00:00:01.500Z', size_bytes: 12 },
    });
    expect(second).toMatchObject({ checkpoint: null });
    expect((await get(`/api/v1/jobs/${job.id}/tasks?status=completed`)).json.tasks).toHaveLength(1);
    expect((await get(`/api/v1/jobs/${job.id}/tasks`)).text).not.toContain(worker);
  });
});

describe('output', () => {
  test('of one stream is text with ranges, of several tasks each under its title', async () => {
    const job = await seed({ payload: { xs: [1, 2] }, fan_out: { by: 'xs' } }, 2);
    await job.output(0, 1, 'stdout', '0123456789');
    await job.output(0, 1, 'stderr', 'oops');
    await job.task(0, completed('1'));
    await gateway.objects.put(objectKeys.output(job.uuid, 1, 1, 'stdout'), Buffer.from('a'.repeat(20_000)));
    await job.output(1, 1, 'stdout', 'aaa', 20_000);
    await job.task(1, completed('1'));
    const path = `/api/v1/jobs/${job.id}/output`;
    const one = `${path}?task=0&stream=stdout`;
    expect((await get(one)).text).toBe('0123456789');
    const part = await get(one, { range: 'bytes=2-4' });
    expect([part.status, part.text, part.headers['content-range']]).toEqual([206, '234', 'bytes 2-4/10']);
    expect((await get(one, { range: 'bytes=-3' })).text).toBe('789');
    const outside = await get(one, { range: 'bytes=10-' });
    expect([outside.status, outside.headers['content-range']]).toEqual([416, 'bytes */10']);
    expect((await get(`${path}?task=${job.id}.1&stream=stdout`, { range: 'bytes=19999-' })).text).toBe('a');
    expect((await get(`${path}?task=0`)).text).toBe('0123456789oops');
    const all = (await get(path)).text;
    expect(all).toContain(
      '==> task 0, attempt 1, stdout <==\n0123456789\n==> task 0, attempt 1, stderr <==\noops\n==> task 1',
    );
    expect(all).toContain('a'.repeat(20_000));
    const json = (await get(path, { accept: 'application/json' })).json;
    expect(json.outputs).toMatchObject([
      { index: 0, stream: 'stdout', text: '0123456789' },
      { stream: 'stderr' },
      { size_bytes: 20_000, offset: 19_997, archived: true, cut: null },
    ]);
    expect((await get(`${path}?task=9`)).status).toBe(404);
    expect((await get(`${path}?task=x`)).status).toBe(422);
    expect((await get(`${path}?stream=stdlog`)).status).toBe(422);
  });

  test('during a retry is the last failed attempt until the new one has written', async () => {
    const job = await seed({}, 1);
    await (await job.failedAttempt(0, 1, 1)).output(0, 1, 'stdout', 'first');
    await job.task(0, { state: 'running', attempt: 2, worker_id: newUuid(), started_at: new Date() });
    const path = `/api/v1/jobs/${job.id}/output`;
    expect((await get(path)).text).toBe('first');
    gateway.feed.append(job.uuid, [
      {
        kind: 'output',
        index: 0,
        attempt: 2,
        stream: 'stdout',
        offset: 0,
        data: Buffer.from('second').toString('base64'),
      },
    ]);
    await gateway.feed.flush();
    expect((await get(path)).text).toBe('second');
    expect((await get(`${path}?task=0&attempt=1`)).text).toBe('first');
    expect((await get(`${path}?task=0&attempt=3`)).status).toBe(404);
  });

  test('is addressed by the bytes of the stream, and says which of them are not kept', async () => {
    const job = await seed({}, 1);
    const path = `/api/v1/jobs/${job.id}/output?task=0&attempt=1&format=json`;
    const written = (offset: number, text: string) =>
      gateway.feed.append(job.uuid, [
        { kind: 'output', index: 0, attempt: 1, stream: 'stdout', offset, data: Buffer.from(text).toString('base64') },
      ]);
    await job.task(0, { state: 'running', attempt: 1, worker_id: newUuid(), started_at: new Date() });
    written(0, 'lost since');
    written(20, 'there');
    await gateway.feed.flush();
    const live = { size_bytes: 25, offset: 20, text: 'there', archived: false, cut: { offset: 0, bytes: 20 } };
    expect((await get(path)).json.outputs).toMatchObject([live]);
    // Its worker is lost: what the feed holds of it is all there is.
    await job.task(0, { state: 'running', attempt: 2, worker_id: newUuid(), started_at: new Date() });
    expect((await get(path)).json.outputs).toMatchObject([live]);
    await job.output(0, 1, 'stdout', 'the end', undefined, 1_000);
    expect((await get(path)).json.outputs).toMatchObject([
      { size_bytes: 1_000, offset: 993, text: 'the end', archived: true, cut: { offset: 0, bytes: 993 } },
    ]);
  });

  test('is the same bytes live and archived, whatever they are: colours, half characters, no text at all', async () => {
    const written = {
      stdout: Buffer.from('\u001b[31mred\u001b[0m\r\u0000ü\n'),
      stderr: Buffer.from([0xc3, 0xff, 0x1b]),
    };
    const carried = [
      { stream: 'stdout', text: written.stdout.toString() },
      { stream: 'stderr', encoding: 'base64', text: written.stderr.toString('base64') },
    ];
    const job = await seed({}, 1);
    const path = `/api/v1/jobs/${job.id}/output?task=0`;
    const bytes = async (stream: string) => {
      const answer = await fetch(`${gateway.url}${path}&stream=${stream}`, {
        headers: { authorization: `Bearer ${account.key}` },
      });
      return Buffer.from(await answer.arrayBuffer());
    };
    const check = async () => {
      expect((await get(`${path}&format=json`)).json.outputs).toMatchObject(carried);
      expect(await bytes('stdout')).toEqual(written.stdout);
      expect(await bytes('stderr')).toEqual(written.stderr);
    };
    await job.task(0, { state: 'running', attempt: 1, worker_id: newUuid(), started_at: new Date() });
    for (const stream of ['stdout', 'stderr'] as const) {
      const data = written[stream].toString('base64');
      gateway.feed.append(job.uuid, [{ kind: 'output', index: 0, attempt: 1, stream, offset: 0, data }]);
    }
    await gateway.feed.flush();
    await check();
    for (const stream of ['stdout', 'stderr'] as const) await job.output(0, 1, stream, written[stream]);
    await job.task(0, { state: 'completed', worker_id: null, exit_code: 0, finished_at: new Date() });
    await check();
  });
});

describe('artifacts', () => {
  test('are listed, described and downloaded with ranges', async () => {
    const bytes = Buffer.from('artifact bytes');
    const sha256 = 'c'.repeat(64);
    await gateway.objects.put(objectKeys.artifact(account.id, sha256), bytes);
    await db.database.query(
      `INSERT INTO artifacts (id, account_id, filename, size_bytes, sha256, published_at) VALUES ($1, $2, 'naïve "x".bin', $3, $4, now()), ($5, $2, 'unpublished', 1, $4, NULL)`,
      [newUuid(), account.id, bytes.length, sha256, newUuid()],
    );
    const list = await get(`/api/v1/artifacts?name=${encodeURIComponent('naïve "x".bin')}`);
    const [artifact] = list.json.artifacts as { id: string }[];
    expect(list.json.artifacts).toMatchObject([{ sha256, size_bytes: bytes.length, job_id: null }]);
    const path = `/api/v1/artifacts/${artifact?.id ?? ''}`;
    expect((await get(`${path}/meta`)).json).toMatchObject({ id: artifact?.id, sha256 });
    const download = await get(path);
    expect(download.text).toBe('artifact bytes');
    expect(download.headers['content-disposition']).toContain("filename*=UTF-8''na%C3%AFve");
    const part = await get(path, { range: 'bytes=0-7' });
    expect([part.status, part.text]).toEqual([206, 'artifact']);
    const stranger = await gateway.account('not-theirs');
    expect((await gateway.call('GET', path, { key: stranger.key })).status).toBe(404);
    expect((await get('/api/v1/artifacts?name=unpublished')).json.artifacts).toEqual([]);
  });
});

describe('a job that did not complete', () => {
  test('says why, and what to do with its own paths', async () => {
    const job = await seed({}, 1);
    await job.task(0, { state: 'failed', attempt: 1, exit_code: 1, finished_at: new Date() });
    const { json } = await get(`/api/v1/jobs/${(await job.end('failed')).id}`);
    expect(json).toMatchObject({ error: { code: 'tasks_failed' }, progress: { fraction: 1, eta_s: 0 } });
    expect(json.recommended_action).toContain(`GET /api/v1/jobs/${job.id}/tasks?status=failed`);
  });
});

describe('why a job waits', () => {
  test('is told by what workers offer', async () => {
    const reason = async (id: string) => (await get(`/api/v1/jobs/${id}`)).json.pending_reason;
    const job = await seed({ requirements: { gpu: 2 } }, 1);
    expect(await reason(job.id)).toMatchObject({ code: 'no_worker_satisfies' });
    await db.database.query(
      `INSERT INTO workers (id, name, incarnation, offers) VALUES ($1, 'secret-host', $1, '{"cpu": 4, "gpu": 2}')`,
      [newUuid()],
    );
    expect(await reason(job.id)).toMatchObject({
      code: 'waiting_for_capacity',
      detail: expect.stringContaining('Position'),
    });
    expect((await get(`/api/v1/jobs/${job.id}`)).text).not.toContain('secret-host');
  });
});

describe('administration', () => {
  test('makes accounts and keys, once each; members may not', async () => {
    const foreign = await gateway.account('admins', 'admin');
    const admin = { key: (await ensureAdminKey(db.database)).generated ?? '' };
    const call = (method: string, path: string, body?: unknown, key = admin.key) =>
      gateway.call(method, `/api/v1/admin/${path}`, { key, ...(body ? { body } : {}) });
    const created = await call('POST', 'accounts', { name: 'team' });
    expect(created.status).toBe(201);
    expect((await call('POST', 'accounts', { name: 'team' })).json).toMatchObject({
      status: 409,
      code: 'account_exists',
    });
    const key = await call('POST', `accounts/${String(created.json.id)}/keys`, { role: 'viewer' });
    expect(key.json).toMatchObject({ id: expect.stringMatching(/^key_/), key: expect.stringMatching(/^flk_/) });
    expect((await gateway.call('GET', '/api/v1/jobs', { key: String(key.json.key) })).status).toBe(200);
    expect((await call('POST', `accounts/${String(created.json.id)}/keys`, { role: 'root' })).status).toBe(422);
    expect((await call('GET', 'workers')).json.workers).toMatchObject([
      { name: 'secret-host', state: 'ready', tasks_held: 0 },
    ]);
    for (const path of ['admin/workers', 'admin%2Fworkers', 'admin/accounts']) {
      const answer = await gateway.call(path.endsWith('accounts') ? 'POST' : 'GET', `/api/v1/${path}`, {
        key: account.key,
      });
      expect([403, 404]).toContain(answer.status);
    }
    // An account's own admin does not administer the installation, nor make keys of other accounts.
    for (const key of [account.key, foreign.key]) {
      expect((await call('GET', 'workers', undefined, key)).status).toBe(403);
      expect((await call('POST', `accounts/${String(created.json.id)}/keys`, { role: 'admin' }, key)).status).toBe(403);
    }
  });
});
