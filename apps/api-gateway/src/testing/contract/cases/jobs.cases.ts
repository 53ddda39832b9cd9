import { encodeId, newUuid } from '@computalot/kernel';
import { SeededJob, seedProject } from '../../seed-job.js';
import type { ContractCases } from '../contract-case.js';
import type { ContractWorld } from '../contract-world.js';
import { refusedForQuotas } from './quota-cases.js';

export const jobCases: ContractCases = {
  submitJob: async ({ contract, database, owner }) => {
    await seedProject(database, owner.id, 'knn-iris-jobs');
    for (const body of contract.exampleBodies('submitJob'))
      await contract.answers('submitJob', 201, { body: { ...(body as object), project: 'knn-iris-jobs' } });
    await contract.answers('submitJob', 'project_not_found', { body: { project: 'nowhere' } });
    await contract.answers('createProject', 201, { body: { name: 'no-code' } });
    await contract.answers('submitJob', 'project_has_no_revision', { body: { project: 'no-code' } });
    await seedProject(database, owner.id, 'no-command', {});
    await contract.answers('submitJob', 'no_command', { body: { project: 'no-command' } });
    const secrets = { project: 'knn-iris-jobs', secrets: ['NO_SUCH_SECRET'] };
    await contract.answers('submitJob', 'secret_not_found', { body: secrets });
    await contract.answers('submitJob', 'dependency_not_found', {
      body: { project: 'knn-iris-jobs', depends_on: [encodeId('job', newUuid())] },
    });
    await contract.answers('submitJob', 'validation_failed', {
      body: { project: 'knn-iris-jobs', payload: { _shared: { resolve: { best: {} } } } },
    });
    await contract.answers('submitJob', 'validation_failed', {
      body: { project: 'knn-iris-jobs', payload: { _artifacts: { download: { dataset: {} } } } },
    });
    const fromArtifact = (items_artifact: unknown) => ({ project: 'knn-iris-jobs', fan_out: { items_artifact } });
    await contract.answers('submitJob', 'artifact_not_found', { body: fromArtifact(encodeId('art', newUuid())) });
    const headers = { 'content-type': 'application/x-ndjson', 'x-artifact-filename': 'items.jsonl' };
    for (const [raw, expected] of [
      ['{"a":1}\n{"a":2}\n', 201],
      ['{"a":1}\n7\n', 'invalid_items'],
    ] as const) {
      const { json } = await contract.answers('uploadArtifact', 201, { raw, headers });
      await contract.answers('submitJob', expected, { body: fromArtifact(json.id) });
    }
    await refusedForQuotas(database, owner.id, (code) =>
      contract.answers('submitJob', code, { body: { project: 'knn-iris-jobs' } }),
    );
  },

  submitBatch: async ({ contract, database, owner }) => {
    await seedProject(database, owner.id, 'batches');
    for (const body of contract.exampleBodies('submitBatch')) {
      const text = JSON.stringify(body).replaceAll('knn-iris', 'batches');
      const { json } = await contract.answers('submitBatch', 200, { body: JSON.parse(text) as unknown });
      const [accepted, refused] = json.jobs as Record<string, unknown>[];
      if (accepted?.status !== 'planning' || !refused?.problem) throw new Error(JSON.stringify(json));
    }
  },

  listJobs: async (world) => {
    const job = await aJob(world);
    await world.contract.answers('listJobs', 200);
    await world.contract.answers('listJobs', 200, {
      query: { tag: ['contract'], status: 'queued,running', limit: '1' },
    });
    await world.contract.answers('listJobs', 200, { query: { client_ref: job.id } });
  },

  getJob: async (world) => {
    const job = await aJob(world);
    await world.contract.answers('getJob', 200, { path: { id: job.id } });
    await job.end('partial');
    await world.contract.answers('getJob', 200, { path: { id: job.id } });
  },

  listTasks: async (world) => {
    const { id } = await aJob(world);
    await world.contract.answers('listTasks', 200, { path: { id } });
    await world.contract.answers('listTasks', 200, { path: { id }, query: { status: 'failed' } });
  },

  getOutput: async (world) => {
    const { id } = await aJob(world);
    const { contract } = world;
    await contract.answers('getOutput', 200, { path: { id } });
    await contract.answers('getOutput', 200, { path: { id }, query: { format: 'json' } });
    const oneStream = { path: { id }, query: { task: '1', stream: 'stdout' } };
    await contract.answers('getOutput', 206, { ...oneStream, headers: { range: 'bytes=0-1' } });
    await contract.answers('getOutput', 'range_not_satisfiable', { ...oneStream, headers: { range: 'bytes=99-' } });
  },

  cancelJob: async (world) => {
    const { id } = await aJob(world);
    await world.contract.answers('cancelJob', 200, { path: { id } });
    await world.contract.answers('cancelJob', 200, { path: { id } });
  },

  deleteJob: async (world) => {
    const job = await aJob(world);
    await world.contract.answers('deleteJob', 'job_not_terminal', { path: { id: job.id } });
    await job.task(0, { state: 'failed', worker_id: null, finished_at: new Date() });
    await job.task(3, { state: 'cancelled', finished_at: new Date() });
    await job.end('partial');
    const dependant = await aJob(world);
    await world.database.query(
      `INSERT INTO job_dependencies (job_id, depends_on, condition) VALUES ($1, $2, 'terminal')`,
      [dependant.uuid, job.uuid],
    );
    await world.contract.answers('deleteJob', 'job_has_dependants', { path: { id: job.id } });
    await world.database.query('DELETE FROM job_dependencies WHERE job_id = $1', [dependant.uuid]);
    await world.contract.answers('deleteJob', 204, { path: { id: job.id } });
    for (const operation of ['getJob', 'listTasks', 'getOutput', 'deleteJob', 'retryJob', 'streamJob'])
      await world.contract.answers(operation, 'not_found', { path: { id: job.id } });
    await world.contract.answers('getResults', 'not_found', { path: { job_id: job.id } });
  },

  listDeliveries: async (world) => {
    const { id } = await anAnnouncedJob(world);
    await world.contract.answers('listDeliveries', 200, { path: { id } });
    await world.contract.answers('listDeliveries', 200, { path: { id }, query: { limit: '1' } });
  },

  redeliver: async (world) => {
    const job = await aJob(world);
    await world.contract.answers('redeliver', 'nothing_to_redeliver', { path: { id: job.id }, body: {} });
    const { id, delivery_id } = await anAnnouncedJob(world);
    await world.contract.answers('redeliver', 202, { path: { id }, body: { delivery_id } });
    await world.contract.answers('redeliver', 202, { path: { id }, body: {} });
  },

  retryJob: async (world) => {
    const job = await aJob(world);
    await world.contract.answers('retryJob', 'job_not_terminal', { path: { id: job.id } });
    await job.task(0, { state: 'failed', worker_id: null, finished_at: new Date() });
    await job.task(3, { state: 'cancelled', finished_at: new Date() });
    await job.end('cancelled');
    await world.database.query('UPDATE accounts SET max_open_jobs = 0 WHERE id = $1', [world.owner.id]);
    await world.contract.answers('retryJob', 'quota_exceeded', { path: { id: job.id } });
    await world.database.query('UPDATE accounts SET max_open_jobs = NULL WHERE id = $1', [world.owner.id]);
    await world.contract.answers('retryJob', 202, { path: { id: job.id } });
    const done = await aJob(world);
    for (const index of [0, 2, 3]) {
      await done.task(index, { state: 'completed', attempt: 2, worker_id: null, finished_at: new Date() });
    }
    await world.contract.answers('retryJob', 'nothing_to_retry', { path: { id: (await done.end('completed')).id } });
  },
};

/** A job whose webhook was tried once. */
async function anAnnouncedJob(world: ContractWorld): Promise<{ id: string; delivery_id: string }> {
  const job = await aJob(world);
  const deliveryId = newUuid();
  await world.database.query(
    `INSERT INTO webhook_deliveries (id, job_id, url, body, attempts, last_status, last_error, recent_attempts)
     VALUES ($1, $2, 'https://example.com', '{"type":"job.failed"}', 1, 500, 'the receiver answered 500', $3)`,
    [deliveryId, job.uuid, JSON.stringify([{ number: 1, ended_at: new Date(), status: 500, error: 'it failed' }])],
  );
  return { id: job.id, delivery_id: encodeId('msg', deliveryId) };
}

/** A job in which every kind of answer about tasks has something to say: one is retried, one has completed, one failed, one waits. */
export async function aJob({ gateway, database, owner }: ContractWorld): Promise<SeededJob> {
  const project = `seeded-${newUuid()}`;
  await seedProject(database, owner.id, project);
  const body = {
    project,
    payload: { xs: [1, 2, 3, 4] },
    fan_out: { by: 'xs' },
    batch_size: 1,
    tags: ['contract'],
    meta: { a: 1 },
  };
  const job = await (await SeededJob.submit(gateway, database, owner.key, body)).plan(4);
  await (await job.failedAttempt(0, 1, 7)).output(0, 1, 'stderr', 'boom\n');
  await job.task(0, { state: 'running', attempt: 2, worker_id: newUuid(), started_at: new Date() });
  const times = { started_at: new Date(0), finished_at: new Date(9) };
  await job.task(1, { state: 'completed', attempt: 1, exit_code: 0, result: '{"results":[1]}', ...times });
  await job.output(1, 1, 'stdout', 'out\n');
  // What a worker may report of itself stays inside.
  const message = 'The attempt was lost: user 1001 cannot reach /var/lib/computalot/w7/slots/3/out on 10.1.2.3:9000';
  const outcome = { error: { code: 'infrastructure', message, worker_id: newUuid() } };
  await job.task(2, { state: 'failed', attempt: 2, outcome, ...times });
  return job;
}
