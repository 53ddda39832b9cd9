import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { newUuid } from '@computalot/kernel';
import { objectKeys } from '@computalot/object-store';
import { createTestDatabase, type TestDatabase } from '@computalot/testing';
import { create } from 'tar';
import { AnswerCheck } from '../testing/answer-check.js';
import type { ApiDocument } from './api-document.js';
import { SeededJob } from '../testing/seed-job.js';
import { startGateway, type Gateway } from '../testing/start-gateway.js';

let db: TestDatabase;
let gateway: Gateway;
let account: { id: string; key: string };
let check: AnswerCheck;
const called = new Set<string>();

beforeAll(async () => {
  db = await createTestDatabase();
  gateway = await startGateway(db.database);
  account = await gateway.account('described', 'admin');
  await db.database.query('UPDATE accounts SET is_operator = true WHERE id = $1', [account.id]);
  check = new AnswerCheck((await gateway.call('GET', '/openapi.json')).json as unknown as ApiDocument);
});
afterAll(async () => {
  await gateway?.stop();
  await db?.drop();
});

/** Calls an operation and expects that status, in a form the document describes. */
async function answers(
  operationId: string,
  status: number,
  request: string,
  options: { body?: unknown; raw?: Buffer; headers?: Record<string, string>; key?: string } = {},
) {
  const [method = '', path = ''] = request.split(' ');
  const answer = await gateway.call(method, path, { key: account.key, ...options });
  expect([request, answer.status, answer.status === status ? '' : answer.text]).toEqual([request, status, '']);
  expect(check.faults(operationId, answer)).toEqual([]);
  called.add(operationId);
  return answer.json;
}

/** A job in which every kind of answer about tasks has something to say. */
async function seedJob(): Promise<SeededJob> {
  const body = {
    project: 'p',
    payload: { xs: [1, 2, 3, 4] },
    fan_out: { by: 'xs' },
    batch_size: 1,
    tags: ['t'],
    meta: { a: 1 },
  };
  const job = await (await SeededJob.submit(gateway, db.database, account.key, body)).plan(4);
  await (await job.failedAttempt(0, 1, 7)).output(0, 1, 'stderr', 'boom\n');
  await job.task(0, { state: 'running', attempt: 2, worker_id: newUuid(), started_at: new Date() });
  const times = { started_at: new Date(0), finished_at: new Date(9) };
  await job.task(1, { state: 'completed', attempt: 1, exit_code: 0, result: '{"results":[1]}', ...times });
  await job.output(1, 1, 'stdout', 'out\n');
  await job.task(2, {
    state: 'failed',
    attempt: 2,
    outcome: { error: { code: 'exit', message: 'exit code 3' } },
    ...times,
  });
  return job;
}

async function seedArtifact(job: SeededJob): Promise<void> {
  const sha256 = 'c'.repeat(64);
  await gateway.objects.put(objectKeys.artifact(account.id, sha256), Buffer.from('bytes'));
  await db.database.query(
    `INSERT INTO artifacts (id, account_id, job_id, task_index, attempt, filename, size_bytes, sha256, published_at) VALUES ($1, $2, $3, 1, 1, 'f', 5, $4, now())`,
    [newUuid(), account.id, job.uuid, sha256],
  );
}

test('every operation answers as the OpenAPI document says, with no field that it leaves out', async () => {
  const archive = await buffer(
    create({ gzip: true, cwd: import.meta.dirname, portable: true }, ['./answers.int.spec.ts']),
  );
  await answers('createProject', 201, 'POST /api/v1/projects', { body: { name: 'p' } });
  await answers('pushRevision', 201, 'POST /api/v1/projects/p/push', {
    raw: archive,
    headers: { 'content-type': 'application/gzip' },
  });
  for (const [id, path] of [
    ['listProjects', ''],
    ['getProject', '/p'],
    ['getProjectStatus', '/p/status'],
    ['listRevisions', '/p/revisions'],
  ] as const)
    await answers(id, 200, `GET /api/v1/projects${path}`);
  await db.database.query(`UPDATE revisions SET manifest = '{"entrypoint":{"command":["x"]}}'`);
  await answers('submitJob', 201, 'POST /api/v1/jobs', {
    body: { project: 'p', max_parallel: 2, retry: {}, priority: 1 },
  });
  const job = await seedJob();
  await seedArtifact(job);
  await answers('listJobs', 200, 'GET /api/v1/jobs');
  await answers('getJob', 200, `GET /api/v1/jobs/${job.id}`);
  await answers('listTasks', 200, `GET /api/v1/jobs/${job.id}/tasks`);
  await answers('getOutput', 200, `GET /api/v1/jobs/${job.id}/output`);
  await answers('getOutput', 200, `GET /api/v1/jobs/${job.id}/output?format=json`);
  const part = { headers: { range: 'bytes=0-1' } };
  await answers('getOutput', 206, `GET /api/v1/jobs/${job.id}/output?task=1&stream=stdout`, part);
  await answers('getResults', 200, `GET /api/v1/results/${job.id}`);
  await answers('getResults', 200, `GET /api/v1/results/${job.id}`, { headers: { accept: 'application/x-ndjson' } });
  await answers('getTaskResult', 200, `GET /api/v1/results/${job.id}/tasks/1`);
  const { artifacts } = (await answers('listArtifacts', 200, 'GET /api/v1/artifacts')) as {
    artifacts: { id: string }[];
  };
  await answers('getArtifact', 200, `GET /api/v1/artifacts/${artifacts[0]?.id}/meta`);
  await answers('downloadArtifact', 200, `GET /api/v1/artifacts/${artifacts[0]?.id}`);
  await answers('downloadArtifact', 206, `GET /api/v1/artifacts/${artifacts[0]?.id}`, part);
  await answers('cancelJob', 200, `PUT /api/v1/jobs/${job.id}/cancel`);
  await answers('streamJob', 200, `GET /api/v1/jobs/${(await job.end('cancelled')).id}/stream`);
  await answers('deleteProject', 409, 'DELETE /api/v1/projects/p');
  await answers('createProject', 201, 'POST /api/v1/projects', { body: { name: 'empty' } });
  await answers('deleteProject', 204, 'DELETE /api/v1/projects/empty');
  const { id } = await answers('createAccount', 201, 'POST /api/v1/admin/accounts', { body: { name: 'other' } });
  await answers('createKey', 201, `POST /api/v1/admin/accounts/${String(id)}/keys`, {
    body: { role: 'viewer', name: 'v' },
  });
  await db.database.query(`INSERT INTO workers (id, name, incarnation, offers) VALUES ($1, 'w', $1, '{"cpu":2}')`, [
    newUuid(),
  ]);
  await answers('listWorkers', 200, 'GET /api/v1/admin/workers');
  expect([...called].sort()).toEqual([...check.operations.keys()].sort());
});

test.each([
  ['submitJob', 400, 'POST /api/v1/jobs', { raw: Buffer.from('{') }],
  ['submitJob', 422, 'POST /api/v1/jobs', { body: { typ: 1 } }],
  ['submitJob', 415, 'POST /api/v1/jobs', { raw: Buffer.from('{}'), headers: { 'content-type': 'text/plain' } }],
  ['listJobs', 401, 'GET /api/v1/jobs', { key: 'flk_unknownunknown' }],
  ['listJobs', 422, 'GET /api/v1/jobs?limit=0', {}],
  ['getJob', 404, 'GET /api/v1/jobs/job_x', {}],
  ['cancelJob', 400, 'PUT /api/v1/jobs/job_x/cancel', { raw: Buffer.from('{') }],
])('%s answers %i with a problem that the document describes', async (id, status, request, options) => {
  await answers(id, status, request, options);
});
