import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { MAX_ITEM_BYTES, MAX_ITEMS_FILE_BYTES } from '@computalot/contracts';
import { specPartText } from '@computalot/jobs';
import { decodeId, encodeId, newUuid } from '@computalot/kernel';
import { objectKeys } from '@computalot/object-store';
import { createTestDatabase, type TestDatabase } from '@computalot/testing';
import { SeededJob, seedProject } from '../testing/seed-job.js';
import { startGateway, type Gateway } from '../testing/start-gateway.js';

let db: TestDatabase;
let gateway: Gateway;
let account: { id: string; key: string };
beforeAll(async () => {
  db = await createTestDatabase();
  gateway = await startGateway(db.database);
  account = await gateway.account('submitters');
  await seedProject(db.database, account.id, 'p');
});
afterAll(async () => {
  await gateway?.stop();
  await db?.drop();
});
beforeEach(() => db.database.query('TRUNCATE jobs, artifacts, outbox CASCADE'));

async function upload(raw: string | Buffer, key = account.key): Promise<string> {
  const headers = { 'content-type': 'application/x-ndjson', 'x-artifact-filename': 'items.jsonl' };
  return String((await gateway.call('POST', '/api/v1/artifacts', { key, raw, headers })).json.id);
}
const bodyOver = (items_artifact: string, more: object = {}) => ({
  project: 'p',
  fan_out: { items_artifact },
  ...more,
});
const submit = (items_artifact: string, more: object = {}) =>
  gateway.call('POST', '/api/v1/jobs', { key: account.key, body: bodyOver(items_artifact, more) });

describe('accepted', () => {
  test.each<[string, string, object, number]>([
    ['one item', '{"a":1}', {}, 1],
    ['as many as there are lines', '{"a":1}\n\n{"a":2}\r\n{}\n', {}, 3],
    ['with a batch size', '{"a":1}\n'.repeat(10), { batch_size: 4 }, 10],
    ['as a map', '{"a":1}\n{"a":2}\n', { type: 'map_reduce', reduce: { builtin: 'count' } }, 2],
  ])('%s', async (_name, text, more, items) => {
    const id = await upload(text);
    const answer = await submit(id, more);
    expect(answer.json).toMatchObject({ status: 'planning', fan_out: { items_artifact: id } });
    expect(await db.database.query('SELECT item_total FROM job_submissions')).toEqual([{ item_total: items }]);
  });

  test('many jobs over one file read it once', async () => {
    const id = await upload('{"only":"once"}\n');
    const get = jest.spyOn(gateway.objects, 'get');
    const jobs = Array.from({ length: 20 }, () => bodyOver(id));
    const answer = await gateway.call('POST', '/api/v1/jobs/batch', { key: account.key, body: { jobs } });
    expect((answer.json.jobs as object[]).filter((job) => 'id' in job)).toHaveLength(20);
    expect(get).toHaveBeenCalledTimes(1);
    get.mockRestore();
  });
});

describe('refused, and nothing is written', () => {
  const long = JSON.stringify({ a: 'x'.repeat(MAX_ITEM_BYTES) });
  test.each<[string, string | Buffer, object, string]>([
    ['an empty file', '', {}, 'line 1 is missing'],
    ['blank lines', '\n \n', {}, 'line 1 is missing'],
    ['a line that is not JSON', '{"a":1}\n\n{"a":\n', {}, 'line 3 is not JSON'],
    ['a JSON array over lines', '[\n{"a":1}\n]\n', {}, 'line 1 is not JSON'],
    ['an array on a line', '{"a":1}\n[1]\n', {}, 'line 2 is no JSON object'],
    ['a number', '7', {}, 'line 1 is no JSON object'],
    ['a deep one', `{"a":${'['.repeat(200)}${']'.repeat(200)}}`, {}, 'line 1 is nested deeper'],
    ['bytes that are no text', Buffer.from([0x7b, 0x7d, 0x0a, 0xff]), {}, 'line 2 is not UTF-8'],
    ['a long line', `{}\n${long}`, {}, 'line 2 is longer than'],
    [
      'a large batch',
      `${JSON.stringify({ a: 'x'.repeat(1_000_000) })}\n`.repeat(11),
      { batch_size: 11 },
      'line 11 makes',
    ],
  ])('%s', async (_name, raw, more, detail) => {
    const { status, json } = await submit(await upload(raw), more);
    expect([status, json.code]).toEqual([422, 'invalid_items']);
    expect(json.errors).toEqual([
      { pointer: '/fan_out/items_artifact', detail: expect.stringContaining(detail) as unknown },
    ]);
    expect(json.recommended_action).toContain('JSON Lines');
    expect(await db.database.query('SELECT FROM jobs')).toEqual([]);
  });

  test('a file that is too large, without a look at it', async () => {
    const id = await upload('{"too":"large"}');
    await db.database.query('UPDATE artifacts SET size_bytes = $1', [MAX_ITEMS_FILE_BYTES + 1]);
    const get = jest.spyOn(gateway.objects, 'get');
    const { json } = await submit(id);
    expect(json).toMatchObject({ status: 422, code: 'invalid_items' });
    expect(String(json.detail)).toContain('larger than 256 MiB');
    expect(get).not.toHaveBeenCalled();
    get.mockRestore();
  });

  test.each<[string, () => Promise<string> | string]>([
    ['an artifact that is not there', () => encodeId('art', newUuid())],
    ['what is no id', () => 'items.jsonl'],
    ["another account's", async () => upload('{}', (await gateway.account('strangers')).key)],
    [
      'one that was deleted',
      async () => {
        const id = await upload('{}');
        await gateway.call('DELETE', `/api/v1/artifacts/${id}`, { key: account.key });
        return id;
      },
    ],
  ])('%s, always in the same words', async (_name, id) => {
    const { json } = await submit(await id());
    expect(json).toMatchObject({
      status: 422,
      code: 'artifact_not_found',
      errors: [{ pointer: '/fan_out/items_artifact', detail: 'is no artifact of this account' }],
    });
  });
});

describe('the tasks of such a job', () => {
  /** As a planner would lay it out, two tasks a part. */
  async function planned(items: readonly object[]): Promise<SeededJob> {
    const id = await upload(items.map((item) => `${JSON.stringify(item)}\n`).join(''));
    const job = await (await SeededJob.submit(gateway, db.database, account.key, bodyOver(id))).plan(items.length);
    await db.database.query(`UPDATE jobs SET run_context = '{"spec_parts":{"tasks":2}}' WHERE id = $1`, [job.uuid]);
    for (let start = 0; start < items.length; start += 2) {
      const texts = items.slice(start, start + 2).map((item) => JSON.stringify(item));
      const text = specPartText(texts, { start, total: items.length, batchSize: undefined, payload: {} });
      await gateway.objects.put(objectKeys.specPart(decodeId('job', job.id) ?? '', start / 2), Buffer.from(text));
    }
    return job;
  }
  const tasksOf = async (job: SeededJob, query: string) =>
    (await gateway.call('GET', `/api/v1/jobs/${job.id}/tasks?${query}`, { key: account.key })).json as {
      tasks: { index: number; payload: { n: number } }[];
      next_cursor: string | null;
    };

  test('show their own items', async () => {
    const job = await planned([0, 1, 2, 3, 4].map((n) => ({ n })));
    const first = await tasksOf(job, 'limit=3');
    expect(first.tasks.map(({ payload }) => payload)).toEqual(
      [0, 1, 2].map((n) => ({ n, _fan_out: { shape: 'items', index: n, total: 5 } })),
    );
    const rest = await tasksOf(job, `limit=3&cursor=${first.next_cursor ?? ''}`);
    expect(rest.tasks.map(({ payload }) => payload.n)).toEqual([3, 4]);
    expect(rest.next_cursor).toBeNull();
  });

  test('come on smaller pages when their payloads are large', async () => {
    const blob = 'x'.repeat(1_000_000);
    const job = await planned(Array.from({ length: 12 }, (_, n) => ({ n, blob })));
    const first = await tasksOf(job, 'limit=500');
    expect(first.tasks.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    const rest = await tasksOf(job, `limit=500&cursor=${first.next_cursor ?? ''}`);
    expect(rest.tasks.map(({ index }) => index)).toEqual([8, 9, 10, 11]);
    expect(rest.next_cursor).toBeNull();
  });
});
