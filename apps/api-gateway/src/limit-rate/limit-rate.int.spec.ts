import { createTestDatabase, type TestDatabase } from '@computalot/testing';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { SeededJob, seedProject } from '../testing/seed-job.js';
import { startGateway, type Answer, type Gateway } from '../testing/start-gateway.js';

const REQUESTS = 4;
const FAILURES = 3;

let fixture: TestDatabase;
let gateway: Gateway;

beforeAll(async () => {
  fixture = await createTestDatabase();
  gateway = await startGateway(fixture.database, {
    rateLimits: { requests: REQUESTS, window_s: 600, failedAuthentications: FAILURES, storeUrl: 'inproc:' },
  });
});
afterAll(async () => {
  await gateway?.stop();
  await fixture?.drop();
});

const list = (key?: string) => gateway.call('GET', '/api/v1/jobs', key === undefined ? {} : { key });
const left = ({ headers }: Answer) => /^"account";r=(\d+);t=\d+$/.exec(String(headers.ratelimit))?.[1];

test('every authenticated answer says what is left; keys of one account share it, accounts do not', async () => {
  const { id, key } = await gateway.account('counted');
  const viewer = await gateway.keyOf(id, 'viewer');
  const answers = [
    await list(key),
    await list(viewer),
    await gateway.call('POST', '/api/v1/projects', { key: viewer, body: { name: 'p' } }),
    await gateway.call('GET', '/api/v1/nowhere', { key }),
    await list(key),
    await list((await gateway.account('another')).key),
  ];
  expect(answers.map((answer) => [answer.status, left(answer)])).toEqual([
    [200, '3'],
    [200, '2'],
    [403, '1'],
    [404, '0'],
    [429, '0'],
    [200, '3'],
  ]);
  for (const { headers } of answers) expect(headers['ratelimit-policy']).toBe(`"account";q=${REQUESTS};w=600`);
});

test('one request too many changes nothing and says when there are more', async () => {
  const { key } = await gateway.account('spent');
  for (let n = 0; n < REQUESTS; n++) await list(key);
  const answer = await gateway.call('POST', '/api/v1/projects', { key, body: { name: 'never' } });
  expect(answer).toMatchObject({ status: 429, json: { code: 'rate_limited', status: 429 } });
  expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  expect(Number(answer.headers['retry-after'])).toBeLessThanOrEqual(600);
  expect(await fixture.database.query("SELECT FROM projects WHERE name = 'never'")).toEqual([]);
});

test('an event stream says what is left too', async () => {
  const { id, key } = await gateway.account('streaming');
  await seedProject(fixture.database, id, 'p');
  const job = await SeededJob.submit(gateway, fixture.database, key, { project: 'p' });
  const abort = new AbortController();
  const response = await fetch(`${gateway.url}/api/v1/jobs/${job.id}/stream`, {
    headers: { authorization: `Bearer ${key}` },
    signal: abort.signal,
  });
  expect(response.headers.get('ratelimit')).toMatch(/^"account";r=2;/);
  abort.abort();
});

test('an address that presents keys that do not work is soon refused; who works there goes on', async () => {
  const known = await gateway.account('neighbour');
  const unseen = await gateway.account('newcomer');
  expect((await list(known.key)).status).toBe(200);
  const guesses = [];
  for (let n = 0; n < FAILURES; n++) guesses.push(await list(`flk_guess-number-${n}`));
  expect(guesses.map(({ status }) => status)).toEqual([401, 401, 401]);
  expect(guesses.map(({ headers }) => headers.ratelimit)).toEqual([undefined, undefined, undefined]);
  const refused = await list('flk_guess-number-0');
  expect(refused).toMatchObject({ status: 429, json: { code: 'rate_limited' } });
  expect(refused.headers['ratelimit-policy']).toBe(`"address";q=${FAILURES};w=60`);
  expect(refused.headers.ratelimit).toMatch(/^"address";r=0;t=\d+$/);
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  // A right guess is not told from a wrong one.
  expect((await list(unseen.key)).status).toBe(429);
  expect((await list('Basic')).status).toBe(429);
  expect((await list(known.key)).status).toBe(200);
  expect((await list()).status).toBe(401);
});
