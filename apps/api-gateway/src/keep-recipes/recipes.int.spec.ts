import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeId } from '@computalot/kernel';
import { objectKeys } from '@computalot/object-store';
import { RECIPES_ACCOUNT } from '@computalot/database';
import { createTestDatabase, type TestDatabase } from '@computalot/testing';
import { inspectArchive } from '../push-revision/inspect-archive.js';
import { SHIPPED_RECIPES } from '../gateway-options.js';
import { startGateway, type Gateway } from '../testing/start-gateway.js';
import { readRecipe } from './read-recipe.js';
import { Recipes } from './recipes.service.js';

const square = {
  name: 'square',
  version: '1.2.3',
  description: 'Squares a number.',
  payload_schema: {
    type: 'object',
    required: ['x'],
    additionalProperties: false,
    properties: { x: { type: 'number' }, unit: { enum: ['m', 'ft'] } },
  },
  examples: [{ x: 2 }],
  command: ['python3', 'square.py'],
  requirements: { memory_gb: 2, cpu: 3 },
  limits: { timeout_s: 60, tasks: 3 },
};

let db: TestDatabase;
let folder: string;
let gateway: Gateway;
let user: { id: string; key: string };

beforeAll(async () => {
  db = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'computalot-recipes-'));
  await write('squares', square);
  gateway = await startGateway(db.database, { recipesDir: folder });
  await gateway.app.get(Recipes).discover();
  user = await gateway.account('users');
});
afterAll(async () => {
  await gateway?.stop();
  await db?.drop();
  await rm(folder, { recursive: true, force: true });
});

async function write(name: string, recipe: unknown, code = 'print()'): Promise<void> {
  await mkdir(join(folder, name), { recursive: true });
  await writeFile(join(folder, name, 'recipe.json'), typeof recipe === 'string' ? recipe : JSON.stringify(recipe));
  await writeFile(join(folder, name, 'square.py'), code);
}
const submit = (body: object, path = '/api/v1/recipes/square/jobs') =>
  gateway.call('POST', path, { key: user.key, body });
const stored = async (id: unknown) =>
  (
    await db.database.query<Record<string, unknown>>(
      `SELECT j.requirements, j.project_name, j.revision, p.account_id, s.submission
       FROM jobs j JOIN projects p ON p.id = j.project_id JOIN job_submissions s ON s.job_id = j.id WHERE j.id = $1`,
      [decodeId('job', String(id))],
    )
  )[0];

const sweep = (parameters: object, payload?: object) => ({ type: 'sweep', payload, sweep: { parameters } });
const benchmark = (more: object) => ({
  type: 'benchmark',
  benchmark: {
    strategies: [{ name: 'a' }],
    cases: [{ x: 1 }],
    objective: { metric: 'm', goal: 'minimize' },
    ...more,
  },
});
async function upload(raw: string): Promise<string> {
  const headers = { 'content-type': 'application/x-ndjson', 'x-artifact-filename': 'items.jsonl' };
  return String((await gateway.call('POST', '/api/v1/artifacts', { key: user.key, raw, headers })).json.id);
}

describe('a recipe', () => {
  test('is shown with its schema and examples, without its command', async () => {
    const { json } = await gateway.call('GET', '/api/v1/recipes/square', { key: user.key });
    const { command: _, ...shown } = square;
    expect(json).toEqual(shown);
    const list = await gateway.call('GET', '/api/v1/recipes', { key: user.key });
    expect(list.json).toEqual({ recipes: [shown], next_cursor: null });
  });

  test('takes jobs by either way, with its requirements and limits beneath what is asked for', async () => {
    const one = await submit({ payload: { x: 2 }, requirements: { cpu: 1 } });
    expect([one.status, one.json]).toEqual([
      201,
      expect.objectContaining({ recipe: 'square', project: null, payload: { x: 2 }, timeout_s: 60 }),
    ]);
    expect(await stored(one.json.id)).toMatchObject({
      requirements: { cpu: 1, memory_gb: 2 },
      project_name: null,
      account_id: RECIPES_ACCOUNT,
      submission: { recipe: 'square', payload: { x: 2 }, timeout_s: 60 },
    });
    const two = await submit({ recipe: 'square', payload: { x: 2 }, timeout_s: 5 }, '/api/v1/jobs');
    expect([two.status, two.json]).toEqual([201, expect.objectContaining({ recipe: 'square', timeout_s: 5 })]);
    const batch = await submit({ jobs: [{ recipe: 'square', payload: { x: 3 } }] }, '/api/v1/jobs/batch');
    const [entry] = batch.json.jobs as Record<string, unknown>[];
    expect((await stored(entry?.job_id))?.submission).toMatchObject({ recipe: 'square', payload: { x: 3 } });
    const shown = await gateway.call('GET', `/api/v1/jobs/${String(one.json.id)}`, { key: user.key });
    expect(shown.json).toMatchObject({ recipe: 'square', project: null });
  });

  test.each<[string, object, string]>([
    ['a payload without what is required', { payload: {} }, '/payload/x'],
    ['no payload', {}, '/payload/x'],
    ['a payload with something unknown', { payload: { x: 1, y: 2 } }, '/payload/y'],
    ['a value of the wrong type', { payload: { x: 'two' } }, '/payload/x'],
    ['a value that is none of those allowed', { payload: { x: 2, unit: 'mile' } }, '/payload/unit'],
    ['an item that does not fit', { fan_out: { items: [{ x: 1 }, { x: null }] } }, '/fan_out/items/1/x'],
    ['too many tasks', { fan_out: { items: [1, 2, 3, 4].map((x) => ({ x })) } }, '/fan_out'],
    ['too long a time', { payload: { x: 1 }, timeout_s: 61 }, '/timeout_s'],
    ['a project', { payload: { x: 1 }, project: 'p' }, '/project'],
    ['a command', { payload: { x: 1 }, runner_command: ['cat', 'square.py'] }, '/runner_command'],
    ['an environment', { payload: { x: 1 }, env: { PYTHONPATH: '/tmp' } }, '/env'],
    ['secrets', { payload: { x: 1 }, secrets: ['PYTHONPATH'] }, '/secrets'],
    [
      'a command of its reduce',
      {
        type: 'map_reduce',
        fan_out: { items: [{ x: 1 }] },
        reduce: { runner_command: ['cat', 'square.py'] },
      },
      '/reduce/runner_command',
    ],
    [
      'a command of a strategy',
      benchmark({ strategies: [{ name: 'a', runner_command: ['cat'] }] }),
      '/benchmark/strategies/0/runner_command',
    ],
    ['a case that does not fit', benchmark({ cases: [{ x: 1 }, { x: '2' }] }), '/benchmark/cases/1/x'],
    [
      'a strategy that does not fit',
      benchmark({ strategies: [{ name: 'a', payload: { y: 1 } }] }),
      '/benchmark/strategies/0/payload/y',
    ],
    ['a benchmark without what is required', benchmark({ cases: [{}] }), '/payload/x'],
    ['a benchmark of too many tasks', benchmark({ repeats: 4 }), '/benchmark'],
    ['a point that does not fit', sweep({ x: [1, 'two'] }), '/sweep/parameters/x'],
    ['a parameter that is unknown', sweep({ y: [1] }, { x: 1 }), '/sweep/parameters/y'],
    ['a sweep without what is required', sweep({ unit: ['m'] }), '/payload/x'],
    ['a sweep of too many tasks', sweep({ x: [1, 2, 3, 4] }), '/sweep'],
    [
      'chunks of something unknown',
      { payload: { x: 1 }, fan_out: { chunks: 2, range_field: 'y', total: 4 } },
      '/fan_out/y',
    ],
    ['items in batches', { fan_out: { items: [{ x: 1 }, { x: 2 }] }, batch_size: 2 }, '/batch_size'],
    ['a recipe in the body', { payload: { x: 1 }, recipe: 'square' }, '/recipe'],
  ])('refuses %s, and points at it', async (_, body, pointer) => {
    const { status, json } = await submit(body);
    expect(status).toBe(422);
    expect((json.errors as { pointer: string }[]).map((error) => error.pointer)).toContain(pointer);
  });

  test.each<[string, object]>([
    ['sweeps', sweep({ x: [1, 2], unit: ['m'] })],
    ['points over a payload', sweep({ unit: ['m', 'ft'] }, { x: 1 })],
    ['benchmarks', benchmark({ strategies: [{ name: 'a', payload: { unit: 'm' } }, { name: 'b' }] })],
    // The size of a chunk is the platform's to say, also when the payload leaves it out.
    ['chunks', { fan_out: { chunks: 2, range_field: 'x', total: 5 } }],
  ])('takes %s whose tasks fit', async (_, body) => {
    expect((await submit(body)).status).toBe(201);
  });

  test('says which of many points does not fit', async () => {
    const { json } = await submit(sweep({ x: [1, null] }));
    expect(json.errors).toEqual([
      { pointer: '/sweep/parameters/x', detail: expect.stringContaining('(point 1: {"x":null})') },
    ]);
  });

  test('takes items of an artifact whose lines fit, and names the line that does not', async () => {
    const of = async (text: string) => submit({ fan_out: { items_artifact: await upload(text) } });
    expect((await of('{"x":1}\n{"x":2}\n')).status).toBe(201);
    const { status, json } = await of('{"x":1}\n\n{"x":"two"}\n');
    expect([status, json.code, json.errors]).toEqual([
      422,
      'invalid_items',
      [{ pointer: '/fan_out/items_artifact', detail: expect.stringMatching(/line 3.*\/x must be number/) }],
    ]);
    expect((await of('{"x":1}\n'.repeat(4))).json.errors).toEqual([expect.objectContaining({ pointer: '/fan_out' })]);
  });

  test('that does not exist is not found, or pointed at where a body names it', async () => {
    expect((await submit({ payload: {} }, '/api/v1/recipes/none/jobs')).status).toBe(404);
    const { status, json } = await submit({ recipe: 'none' }, '/api/v1/jobs');
    expect([status, json.errors]).toEqual([422, [expect.objectContaining({ pointer: '/recipe' })]]);
  });

  test('keeps its code from users, and its manifest where workers find it', async () => {
    const job = await submit({ payload: { x: 2 } });
    const { revision } = (await stored(job.json.id)) as { revision: string };
    const file = join(await mkdtemp(join(tmpdir(), 'computalot-code-')), 'code.tar.gz');
    const chunks: Buffer[] = [];
    const code = await gateway.objects.get(objectKeys.revision(RECIPES_ACCOUNT, revision));
    for await (const chunk of code ?? []) chunks.push(chunk as Buffer);
    await writeFile(file, Buffer.concat(chunks));
    const { manifest, entry_count } = await inspectArchive(file);
    expect(JSON.parse(String(manifest))).toEqual({ version: 1, entrypoint: { command: square.command } });
    // The manifest and the code; not recipe.json.
    expect(entry_count).toBe(2);
    for (const path of ['/api/v1/projects/square', '/api/v1/projects/square/revisions'])
      expect((await gateway.call('GET', path, { key: user.key })).status).toBe(404);
  });
});

test('jobs of recipes count against the quotas of whoever submits them', async () => {
  const small = await gateway.account('small');
  await db.database.query('UPDATE accounts SET max_open_jobs = 1 WHERE id = $1', [small.id]);
  const send = () =>
    gateway.call('POST', '/api/v1/recipes/square/jobs', { key: small.key, body: { payload: { x: 1 } } });
  const answers = [await send(), await send()];
  expect(answers.map(({ status }) => status)).toEqual([201, 429]);
  expect(answers[1]?.json.code).toBe('quota_exceeded');
});

describe('discovery', () => {
  const discover = async () => {
    const key = await operator();
    return (await gateway.call('POST', '/api/v1/admin/recipes/discover', { key })).json;
  };
  const operator = async () => {
    const account = await gateway.account(`operator-${Math.random()}`, 'admin');
    await db.database.query('UPDATE accounts SET is_operator = true WHERE id = $1', [account.id]);
    return account.key;
  };

  test('takes a new version, and leaves jobs that were submitted to the old one', async () => {
    const before = await submit({ payload: { x: 1 } });
    await write('squares', { ...square, version: '1.3.0' }, 'print(2)');
    expect(await discover()).toEqual({ recipes: [{ name: 'square', version: '1.3.0' }], faults: [] });
    const after = await submit({ payload: { x: 1 } });
    const [old, now] = [await stored(before.json.id), await stored(after.json.id)];
    expect(old?.revision).not.toBe(now?.revision);
  });

  test('announces nothing when nothing has changed', async () => {
    const announced = () => db.database.query(`SELECT FROM outbox WHERE type = 'project.revision_published.v1'`);
    const before = (await announced()).length;
    await discover();
    expect((await announced()).length).toBe(before);
  });

  test('gateways of two versions leave each other alone', async () => {
    await write('squares', { ...square, version: '2.0.0' }, 'print(3)');
    await discover();
    await write('squares', square);
    await discover();
    const announced = () => db.database.query(`SELECT FROM outbox WHERE type = 'project.revision_published.v1'`);
    const before = (await announced()).length;
    await write('squares', { ...square, version: '2.0.0' }, 'print(3)');
    await discover();
    expect((await announced()).length).toBe(before);
  });

  test('names a second folder with the same name, and keeps the first', async () => {
    await write('squares', square);
    await write('twins', square);
    expect(await discover()).toEqual({
      recipes: [{ name: 'square', version: square.version }],
      faults: [{ folder: 'twins', detail: expect.stringContaining('squares') }],
    });
    await rm(join(folder, 'twins'), { recursive: true });
  });

  test.each<[string, unknown, string]>([
    ['no JSON', '{', 'recipe.json'],
    ['a version that is none', { ...square, version: 'new' }, '/version'],
    ['a field that is none', { ...square, comand: [] }, '/comand'],
    ['a schema that is none', { ...square, payload_schema: { type: 'numbr' } }, 'payload_schema'],
    ['an example that does not fit', { ...square, examples: [{ x: 'two' }] }, '/examples/0/x'],
  ])('names what is wrong with %s, and keeps the recipe that was there', async (_, recipe, named) => {
    await write('squares', square);
    await discover();
    await write('squares', recipe);
    expect(await discover()).toEqual({
      recipes: [{ name: 'square', version: square.version }],
      faults: [{ folder: 'squares', detail: expect.stringContaining(named) }],
    });
    expect((await submit({ payload: { x: 1 } })).status).toBe(201);
  });
});

test('gateways that start at once on an empty database all find their recipes', async () => {
  const fresh = await createTestDatabase();
  const gateways = await Promise.all(
    Array.from({ length: 4 }, () => startGateway(fresh.database, { recipesDir: SHIPPED_RECIPES })),
  );
  const found = await Promise.all(gateways.map(({ app }) => app.get(Recipes).discover()));
  expect(found.map(({ recipes }) => recipes.length)).toEqual(found.map(() => found[0]?.recipes.length));
  expect(found[0]?.recipes.length).toBeGreaterThan(0);
  await Promise.all(gateways.map((each) => each.stop()));
  await fresh.drop();
});

test('every recipe that is shipped is right', async () => {
  const folders = await readdir(SHIPPED_RECIPES, { withFileTypes: true });
  const recipes = folders.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  for (const name of recipes) {
    const { file, faultsOfPayload } = await readRecipe(join(SHIPPED_RECIPES, name));
    for (const example of file.examples) {
      expect(faultsOfPayload({ ...example, _artifacts: { download: {} }, _shared: {} }, '')).toEqual([]);
      expect(faultsOfPayload({ ...example, _others: {} }, '')).toEqual([
        expect.objectContaining({ pointer: '/_others' }),
      ]);
    }
    expect([file.name, file.examples.length]).toEqual([name, expect.any(Number)]);
  }
  expect(recipes.length).toBeGreaterThan(0);
});
