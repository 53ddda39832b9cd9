import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import {
  bodyTexts,
  brokenInvariants,
  describeWith,
  findService,
  fuzzRuns,
  startDistributed,
  waitUntil,
  type JsonSchema,
} from '@computalot/testing';
import fc from 'fast-check';
import { keepPlacementHidden } from '../stage/keep-placement-hidden.js';
import { RUNNERS, setStage, type Stage } from '../stage/stage.js';

jest.setTimeout(process.env.FUZZ_RUNS ? 3_600_000 : 240_000);

const [broker, live, objectStore] = await Promise.all([
  findService('broker'),
  findService('live'),
  findService('objectStore'),
]);
const missing = [broker, live, objectStore].find(({ url }) => url === null);
const real = { brokerUrl: broker.url ?? '', liveUrl: live.url ?? '', objectStoreUrl: objectStore.url ?? '' };

interface Document {
  readonly paths: Record<
    string,
    { post: { requestBody: { content: Record<string, { examples: Record<string, { value: object }> }> } } }
  >;
  readonly components: { readonly schemas: Record<string, JsonSchema> };
}

/** Submissions from right to absurd, planned and placed by the whole platform; only the programs are left out. */
describeWith(missing ?? broker, 'jobs that nobody would think of', () => {
  let stage: Stage | undefined;
  let bodies: fc.Arbitrary<string>;

  beforeAll(async () => {
    stage = await setStage(await startDistributed(real, { env: { COMPUTALOT_EXECUTOR: 'none' } }));
    bodies = await bodiesOf(stage.platform.url);
  }, 240_000);
  afterAll(async () => {
    stage?.answers.stop();
    await stage?.platform.stop();
  }, 60_000);
  keepPlacementHidden(() => stage);

  test('are refused or end, and leave everything as it must be', async () => {
    const { user, platform } = stage ?? expectStage();
    const accepted = new Set<string>();
    await fc.assert(
      fc.asyncProperty(bodies, async (body) => {
        const { status, body: job } = await user.call<{ id: string }>('POST', '/jobs', body);
        if (status >= 500) throw new Error(`${status}: ${JSON.stringify(job)}`);
        if (status === 201) accepted.add(job.id);
      }),
      fuzzRuns(60),
    );
    expect(accepted.size).toBeGreaterThan(5);
    // Some wait for workers or jobs that will never come.
    for (const id of accepted) await user.client.cancelJob(id);
    await waitUntil(
      'the end of all',
      async () => {
        const open = await user.call<{ jobs: unknown[] }>('GET', '/jobs?status=planning,queued,running&limit=500');
        return open.body.jobs.length === 0;
      },
      { timeout_s: 120, every_ms: 200 },
    );
    expect(await brokenInvariants(platform)).toEqual([]);
    for (const process of platform.processes.values())
      expect(process.logTail(1_000)).not.toMatch(/unhandled|uncaught/i);
  });
});

function expectStage(): never {
  throw new Error('the platform did not start');
}

async function bodiesOf(url: string): Promise<fc.Arbitrary<string>> {
  const { paths, components } = (await (await fetch(`${url}/openapi.json`)).json()) as Document;
  const examples = Object.values(
    paths['/api/v1/jobs']?.post.requestBody.content['application/json']?.examples ?? {},
  ).map(({ value }) => ({ runner_command: ['./run'], ...value, project: RUNNERS }));
  const resolve = (ref: string): JsonSchema => components.schemas[ref.split('/').at(-1) ?? ''] ?? {};
  const schema = { ...components.schemas.SubmitJobDto };
  // Nobody's address is called, and no sweep by a step has a hundred thousand points.
  const { callback_url: _, ...properties } = schema.properties as Record<string, JsonSchema>;
  return bodyTexts({ ...schema, properties }, resolve, examples).filter((text) => !/"(step|callback_url)"/.test(text));
}
