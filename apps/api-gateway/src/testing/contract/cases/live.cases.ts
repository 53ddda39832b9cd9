import { formatWatchId, type WatchPlace } from '../../../stream-job/watch-place.js';
import { EventReader } from '../../event-reader.js';
import { seedProject, SeededJob } from '../../seed-job.js';
import type { ContractCases } from '../contract-case.js';
import type { ContractWorld } from '../contract-world.js';
import { aJob } from './jobs.cases.js';

function sayOneOfEverything(world: ContractWorld, job: SeededJob): void {
  world.gateway.feed.append(job.uuid, [
    {
      kind: 'output',
      index: 3,
      attempt: 1,
      stream: 'stdout',
      offset: 0,
      data: Buffer.from('hi\n').toString('base64'),
    },
    { kind: 'progress', index: 3, attempt: 1, progress: { half: true } },
    { kind: 'tasks', tasks: [[3, 1, 'completed', 0]] },
  ]);
}

/** A job that has said one of everything, and ended. */
async function aTalkativeJob(world: ContractWorld) {
  const job = await aJob(world);
  sayOneOfEverything(world, job);
  await world.gateway.feed.flush();
  await job.end('cancelled');
  return job;
}

export const liveCases: ContractCases = {
  streamJob: async (world) => {
    const job = await aTalkativeJob(world);
    await world.contract.answers('streamJob', 200, { path: { id: job.id } });
    // From before the first event: what the feed still holds.
    await world.contract.answers('streamJob', 200, { path: { id: job.id }, headers: { 'last-event-id': '-' } });
  },

  streamProject: async (world) => {
    const { contract, database, gateway, owner } = world;
    await seedProject(database, owner.id, 'followed');
    const job = await SeededJob.submit(gateway, database, owner.key, { project: 'followed' });
    const reader = new EventReader(gateway.url, owner.key);
    const { status, headers } = await reader.open('projects/followed/stream');
    await reader.take(2);
    sayOneOfEverything(world, job);
    await job.end('cancelled');
    while ((await reader.take(1))[0]?.data.job?.['finished_at'] == null) continue;
    await gateway.call('DELETE', '/api/v1/projects/followed', { key: owner.key });
    await reader.untilEnd();
    const answer = { status, headers: Object.fromEntries(headers), text: reader.text, json: {} };
    contract.received('streamProject', 200, answer, { path: { name: 'followed' } });
    // So that the other checks of this operation find the project.
    await seedProject(database, owner.id, 'followed');
  },

  watchJobs: async (world) => {
    const [one, two] = [await aTalkativeJob(world), await aJob(world)];
    await two.end('failed');
    await world.contract.answers('watchJobs', 200, { query: { ids: `${one.id},${two.id}` } });
    const after = (place: WatchPlace) => ({
      query: { ids: one.id },
      headers: { 'last-event-id': formatWatchId([one.uuid], [place]) },
    });
    await world.contract.answers('watchJobs', 200, after({ after: null, skip: 0 }));
    await world.contract.answers('watchJobs', 204, after('ended'));
  },
};
