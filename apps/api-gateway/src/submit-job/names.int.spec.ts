import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeId, encodeId, newUuid } from '@computalot/kernel';
import { createTestDatabase, type TestDatabase } from '@computalot/testing';
import { seedProject } from '../testing/seed-job.js';
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

const submit = (body: object, key = account.key) =>
  gateway.call('POST', '/api/v1/jobs', { key, body: { project: 'p', ...body } });
const cases: [string, (job_id: string) => object, string][] = [
  ['_shared', (job_id) => ({ resolve: { prev: { job_id, path: '/status' } } }), '/payload/_shared/resolve/prev/job_id'],
  [
    '_artifacts',
    (job_id) => ({ download: { prev: { job_id, artifact: 'model' } } }),
    '/payload/_artifacts/download/prev/job_id',
  ],
];

describe.each(cases)('a name in %s', (field, naming, pointer) => {
  const pointingInto = (job_id: string) => ({ payload: { [field]: naming(job_id) } });

  test('may point into a job that has ended, or that is waited for', async () => {
    const id = String((await submit({})).json.id);
    expect(await submit(pointingInto(id))).toMatchObject({
      status: 422,
      json: { errors: [{ pointer, detail: 'has not ended; name it in depends_on too' }] },
    });
    expect((await submit({ ...pointingInto(id), depends_on: [id] })).status).toBe(201);
    await db.database.query(`UPDATE jobs SET status = 'failed', finished_at = now() WHERE id = $1`, [
      decodeId('job', id),
    ]);
    const accepted = await submit(pointingInto(id));
    expect(accepted).toMatchObject({ status: 201, json: pointingInto(id) });
  });

  test('but into no job of another account, nor one that never was', async () => {
    const stranger = await gateway.account(`stranger-${field}`);
    await seedProject(db.database, stranger.id, 'p');
    const theirs = String((await submit({}, stranger.key)).json.id);
    for (const id of [theirs, encodeId('job', newUuid())])
      expect(await submit(pointingInto(id))).toMatchObject({
        status: 422,
        json: { errors: [{ pointer, detail: 'is no job of this account' }] },
      });
  });
});
