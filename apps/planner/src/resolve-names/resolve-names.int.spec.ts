import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunContext } from '@computalot/contracts';
import { createExternalArtifact, createProject, putKvEntry, readJobToPlan } from '@computalot/database';
import type { SubmittedJob } from '@computalot/jobs';
import { encodeId, newUuid } from '@computalot/kernel';
import { createObjectStore, objectKeys, type ObjectStore } from '@computalot/object-store';
import { createTestDatabase, type TestDatabase } from '@computalot/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { EndingJob } from '../testing/ending-job.js';
import { ResolveNames } from './resolve-names.service.js';
import { plannerParts, type PlannerParts } from '../testing/planner-parts.js';

let fixture: TestDatabase;
let folder: string;
let objects: ObjectStore;
let parts: PlannerParts;
let account: string;
const project = 'sharing';

beforeAll(async () => {
  fixture = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'resolve-names-'));
  objects = createObjectStore({ url: `file://${folder}` });
  await objects.ensureReady();
  parts = plannerParts(fixture.database, objects);
});
afterAll(async () => {
  await fixture.drop();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  account = newUuid();
  await fixture.database.query('INSERT INTO accounts (id, name) VALUES ($1, $2)', [account, account]);
  await createProject(fixture.database, account, project);
});

const put = (key: string, value: unknown) =>
  putKvEntry(fixture.database, { account_id: account, project, key }, JSON.stringify(value), { kind: 'none' });

const accepted = (resolve: object, more: Partial<SubmittedJob> = {}): Promise<string> =>
  acceptedWith({ _shared: { resolve } }, more);

async function acceptedWith(names: object, more: Partial<SubmittedJob> = {}): Promise<string> {
  const id = newUuid();
  const submission = { runner_command: ['true'], ...more, payload: { ...more.payload, ...names } };
  await fixture.database.query('INSERT INTO jobs (id, account_id, type, project_name) VALUES ($1, $2, $3, $4)', [
    id,
    account,
    more.type ?? 'structured_runner',
    project,
  ]);
  const values = [id, JSON.stringify(submission)];
  await fixture.database.query('INSERT INTO job_submissions (job_id, submission) VALUES ($1, $2)', values);
  return id;
}

async function rowOf(id: string) {
  const [row] = await fixture.database.query<{
    status: string;
    planned: number;
    error: { code: string; message: string } | null;
    run_context: RunContext | null;
  }>('SELECT status, planned, error, run_context FROM jobs WHERE id = $1', [id]);
  if (!row) throw new Error('no job');
  return row;
}

/** What the tasks of the job get, after it was planned. */
async function valuesOf(id: string): Promise<unknown> {
  await parts.planner.plan([id]);
  const { run_context, error } = await rowOf(id);
  expect(error).toBeNull();
  return (run_context?.spec?.payload['_shared'] as { values?: unknown }).values;
}

async function ended(submission: SubmittedJob, result: (index: number) => unknown): Promise<EndingJob> {
  const job = await EndingJob.planned(fixture.database, submission, {});
  await fixture.database.query('UPDATE jobs SET account_id = $2 WHERE id = $1', [job.id, account]);
  await job.end((index) => ({ result: result(index) }));
  await parts.closer.closeAll([job.id]);
  return job;
}

const publicId = (job: EndingJob) => encodeId('job', job.id);

describe('shared names', () => {
  test('stand for values of the project and for what the results of a job show', async () => {
    await put('best', { lr: 0.01 });
    await put('none', null);
    const run = await ended({ payload: { ks: [1, 2] }, fan_out: { by: 'ks' } }, (index) => ({ acc: index / 2 }));
    const job_id = publicId(run);
    const id = await accepted({
      best: { kv: 'best' },
      none: { kv: 'none' },
      acc: { job_id, path: '/tasks/1/result/acc' },
      quality: { job_id, path: '/tasks/1/result_quality' },
      status: { job_id, path: '/status' },
      done: { job_id, path: '/completeness/completed' },
    });
    const values = { best: { lr: 0.01 }, none: null, acc: 0.5, quality: 1, status: 'completed', done: 2 };
    expect(await valuesOf(id)).toEqual(values);
  });

  test('may point into an aggregate, and into a result in the object store', async () => {
    const sweep = { parameters: { x: [1, 2] }, objective: { metric: 'm', goal: 'minimize' } };
    const swept = await ended({ type: 'sweep', sweep }, (index) => ({ m: index }));
    const stored = await ended({}, () => 0);
    await fixture.database.query(
      `UPDATE tasks SET result = NULL, outcome = '{"result_stored_bytes": 9}' WHERE job_id = $1`,
      [stored.id],
    );
    await objects.put(objectKeys.result(stored.id, 0, 1), Buffer.from('{"far":7}'));
    const id = await accepted({
      best: { job_id: publicId(swept), path: '/aggregate_result/best/parameters/x' },
      far: { job_id: publicId(stored), path: '/tasks/0/result/far' },
    });
    expect(await valuesOf(id)).toEqual({ best: 1, far: 7 });
  });

  test('are looked up once: what changes later changes nothing', async () => {
    await put('k', 1);
    const id = await accepted({ k: { kv: 'k' } });
    expect(await valuesOf(id)).toEqual({ k: 1 });
    await put('k', 2);
    await fixture.database.query(
      'UPDATE jobs SET run_context = NULL, planned = 0, queued = 0, task_total = 0 WHERE id = $1',
      [id],
    );
    await fixture.database.query('DELETE FROM tasks WHERE job_id = $1', [id]);
    expect(await valuesOf(id)).toEqual({ k: 1 });
  });

  test('that two planners look up stand for what the first one found', async () => {
    await put('k', 1);
    const job = await readJobToPlan(fixture.database, await accepted({ k: { kv: 'k' } }));
    if (!job) throw new Error('no job');
    const names = new ResolveNames(fixture.database, objects);
    expect(await names.of(job)).toEqual({ ok: true, resolved: { shared: { k: 1 } } });
    await put('k', 2);
    expect(await names.of(job)).toEqual({ ok: true, resolved: { shared: { k: 1 } } });
  });
});

describe('what cannot be resolved fails the job before any task, and says which name and why', () => {
  test.each<[string, (job_id: string) => object, string]>([
    ['no such key', () => ({ kv: 'nowhere' }), 'project sharing has no key nowhere'],
    ['nothing there', (job_id) => ({ job_id, path: '/tasks/0/result/b' }), 'nothing at /tasks/0/result/b'],
    ['no such task', (job_id) => ({ job_id, path: '/tasks/7/result' }), 'nothing at /tasks/7/result'],
    ['no index', (job_id) => ({ job_id, path: '/tasks/x' }), 'nothing at /tasks/x'],
    ['a job that is gone', () => ({ job_id: encodeId('job', newUuid()), path: '/status' }), 'is gone'],
  ])('%s', async (_name, referenceTo, why) => {
    const run = await ended({}, () => ({ a: 1 }));
    const id = await accepted({ wanted: referenceTo(publicId(run)) });
    await parts.planner.plan([id]);
    const row = await rowOf(id);
    expect(row).toMatchObject({ status: 'failed', planned: 0, error: { code: 'shared_unresolved' } });
    expect(row.error?.message).toContain('payload._shared.resolve.wanted: ');
    expect(row.error?.message).toContain(why);
  });

  test('values of another account', async () => {
    await put('mine', 1);
    const run = await ended({}, () => 1);
    account = newUuid();
    await fixture.database.query('INSERT INTO accounts (id, name) VALUES ($1, $2)', [account, account]);
    await createProject(fixture.database, account, project);
    const ids = [
      await accepted({ a: { kv: 'mine' } }),
      await accepted({ a: { job_id: publicId(run), path: '/status' } }),
    ];
    await parts.planner.plan(ids);
    for (const id of ids) expect(await rowOf(id)).toMatchObject({ status: 'failed' });
  });
});

describe('downloads', () => {
  const sha256 = 'a'.repeat(64);
  async function artifactOf(jobId: string | null, task: number | null, attempt = 1, owner = account): Promise<string> {
    const id = newUuid();
    await fixture.database.query(
      `INSERT INTO artifacts (id, account_id, job_id, task_index, attempt, filename, size_bytes, sha256, published_at)
       VALUES ($1, $2, $3, $4, $5, 'data', 3, $6, now())`,
      [id, owner, jobId, task, task === null ? null : attempt, sha256],
    );
    return encodeId('art', id);
  }
  const wanting = (wanted: object, more?: Partial<SubmittedJob>) =>
    acceptedWith({ _artifacts: { download: { wanted } } }, more);
  async function foundBy(id: string): Promise<unknown> {
    await parts.planner.plan([id]);
    const { run_context, error } = await rowOf(id);
    expect(error).toBeNull();
    const { download } = run_context?.spec?.payload['_artifacts'] as { download: { wanted: unknown } };
    return download.wanted;
  }
  async function failureOf(id: string): Promise<string> {
    await parts.planner.plan([id]);
    const row = await rowOf(id);
    expect(row).toMatchObject({ status: 'failed', planned: 0, error: { code: 'artifact_unresolved' } });
    expect(row.error?.message).toContain('payload._artifacts.download.wanted: ');
    return row.error?.message ?? '';
  }

  test('stand for the artifact of an id, the one of a job, and the one of a task, its latest', async () => {
    const single = await ended({}, () => 1);
    const many = await ended({ payload: { ks: [1, 2] }, fan_out: { by: 'ks' } }, () => 1);
    const uploaded = await artifactOf(null, null);
    const left = await artifactOf(single.id, 0);
    await artifactOf(many.id, 0);
    await artifactOf(many.id, 1, 1);
    const latest = await artifactOf(many.id, 1, 2);
    const same = { sha256, size_bytes: 3 };
    const ofSingle = { job_id: publicId(single), artifact: 'data' };
    const ofTask = { job_id: publicId(many), artifact: 'data', task: 1 };
    expect(await foundBy(await wanting({ artifact_id: uploaded }))).toEqual({ artifact_id: uploaded, ...same });
    expect(await foundBy(await wanting(ofSingle))).toEqual({ ...ofSingle, artifact_id: left, ...same });
    expect(await foundBy(await wanting(ofTask))).toEqual({ ...ofTask, artifact_id: latest, ...same });
  });

  test('that cannot be found fail the job before any task, and say which and why', async () => {
    const many = await ended({ payload: { ks: [1, 2] }, fan_out: { by: 'ks' } }, () => 1);
    await artifactOf(many.id, 0);
    await artifactOf(many.id, 1);
    const job_id = publicId(many);
    const gone = encodeId('art', newUuid());
    const nobody = encodeId('job', newUuid());
    const linked = { id: newUuid(), account_id: account, filename: 'f', url: 'https://example.com/f', sha256: null };
    await createExternalArtifact(fixture.database, linked);
    for (const [reference, why] of [
      [{ artifact_id: gone }, `there is no artifact ${gone}`],
      [{ artifact_id: encodeId('art', linked.id) }, 'lies at a URL; upload the file itself'],
      [{ job_id: nobody, artifact: 'data' }, 'is gone'],
      [{ job_id, artifact: 'other' }, 'has no artifact "other"'],
      [{ job_id, artifact: 'data', task: 2 }, `task 2 of job ${job_id} has no artifact "data"`],
      [{ job_id, artifact: 'data' }, 'choose one with "task"'],
    ] as const)
      expect(await failureOf(await wanting(reference))).toContain(why);
  });

  test('of another account are not to be had', async () => {
    const theirs = await ended({}, () => 1);
    const artifact_id = await artifactOf(theirs.id, 0);
    account = newUuid();
    await fixture.database.query('INSERT INTO accounts (id, name) VALUES ($1, $2)', [account, account]);
    await createProject(fixture.database, account, project);
    expect(await failureOf(await wanting({ artifact_id }))).toContain('there is no artifact');
    expect(await failureOf(await wanting({ job_id: publicId(theirs), artifact: 'data' }))).toContain('is gone');
  });
});
