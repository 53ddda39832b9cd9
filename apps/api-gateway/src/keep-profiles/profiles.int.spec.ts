import { decodeId } from '@computalot/kernel';
import { createTestDatabase, type TestDatabase } from '@computalot/testing';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { seedProject } from '../testing/seed-job.js';
import { startGateway, type Gateway } from '../testing/start-gateway.js';

let fixture: TestDatabase;
let gateway: Gateway;
let operator: string;
let key: string;

beforeAll(async () => {
  fixture = await createTestDatabase();
  gateway = await startGateway(fixture.database);
  const admin = await gateway.account('operator', 'admin');
  await fixture.database.query('UPDATE accounts SET is_operator = true WHERE id = $1', [admin.id]);
  operator = admin.key;
  const account = await gateway.account('profiles');
  ({ key } = account);
  await seedProject(fixture.database, account.id, 'p');
});
afterAll(async () => {
  await gateway?.stop();
  await fixture?.drop();
});

const put = (name: string, requirements: unknown, as = operator) =>
  gateway.call('PUT', '/api/v1/admin/profiles', { key: as, body: { name, requirements } });
const remove = (name: string) => gateway.call('DELETE', `/api/v1/admin/profiles/${name}`, { key: operator });
const submit = (body: object) => gateway.call('POST', '/api/v1/jobs', { key, body: { project: 'p', ...body } });

async function requirementsOf(body: object): Promise<unknown> {
  const { status, json } = await submit(body);
  expect(status).toBe(201);
  const [row] = await fixture.database.query<{ requirements: unknown }>('SELECT requirements FROM jobs WHERE id = $1', [
    decodeId('job', String(json.id)),
  ]);
  return row?.requirements;
}

test('a job gets what its profile asks for where its own requirements say nothing', async () => {
  expect((await put('big', { cpu: 8, memory_gb: 32, labels: { zone: 'a', disk: 'ssd' } })).status).toBe(200);
  expect(await requirementsOf({ profile: 'big' })).toEqual({
    cpu: 8,
    memory_gb: 32,
    labels: { zone: 'a', disk: 'ssd' },
  });
  expect(await requirementsOf({ profile: 'big', requirements: { cpu: 2, labels: { zone: 'b' } } })).toEqual({
    cpu: 2,
    memory_gb: 32,
    labels: { zone: 'b', disk: 'ssd' },
  });
});

test('a change holds for the next job; a profile that is gone is refused by name', async () => {
  await put('changing', { cpu: 1 });
  expect(await requirementsOf({ profile: 'changing' })).toEqual({ cpu: 1 });
  await put('changing', { cpu: 2, memory_gb: null });
  expect(await requirementsOf({ profile: 'changing' })).toEqual({ cpu: 2 });
  expect((await remove('changing')).status).toBe(204);
  expect((await remove('changing')).status).toBe(404);
  const refused = await submit({ profile: 'changing' });
  expect(refused).toMatchObject({
    status: 422,
    json: { code: 'validation_failed', errors: [{ pointer: '/profile' }] },
  });
  expect(refused.json.detail).toContain('there are cpu, gpu');
});

test('cpu is the default, may be defined anew, and is itself again when that is deleted', async () => {
  expect(await requirementsOf({})).toEqual({ cpu: 1 });
  await put('cpu', { cpu: 0.5, memory_gb: 1 });
  expect(await requirementsOf({})).toEqual({ cpu: 0.5, memory_gb: 1 });
  expect((await remove('cpu')).status).toBe(204);
  expect(await requirementsOf({})).toEqual({ cpu: 1 });
  expect(await requirementsOf({ profile: 'gpu' })).toEqual({ cpu: 1, gpu: 1 });
});

test('they are listed by name, page by page, those that always exist among them', async () => {
  for (const name of ['a', 'dual', 'z']) await put(name, { cpu: 2 });
  const names: unknown[] = [];
  let cursor: string | null = null;
  do {
    const { json } = await gateway.call(
      'GET',
      `/api/v1/admin/profiles?limit=2${cursor === null ? '' : `&cursor=${cursor}`}`,
      { key: operator },
    );
    names.push(...(json.profiles as { name: string }[]).map(({ name }) => name));
    cursor = json.next_cursor as string | null;
  } while (cursor !== null);
  expect(names).toEqual([...new Set(names)].sort());
  expect(names).toEqual(expect.arrayContaining(['a', 'cpu', 'dual', 'gpu', 'z']));
});

test.each<[string, unknown, string]>([
  ['Upper', { cpu: 1 }, '/name'],
  ['fine', { cpus: 1 }, '/requirements/cpus'],
  ['fine', { cpu: -1 }, '/requirements/cpu'],
  ['fine', { labels: { 'no spaces': 'x' } }, '/requirements/labels'],
  ['fine', [], '/requirements'],
  ['fine', null, '/requirements'],
])('%s with %j is refused, and names nothing', async (name, requirements, pointer) => {
  expect(await put(name, requirements)).toMatchObject({ status: 422, json: { errors: [{ pointer }] } });
  expect((await submit({ profile: 'fine' })).status).toBe(422);
});
