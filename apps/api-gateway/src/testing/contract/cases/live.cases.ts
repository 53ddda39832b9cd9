import type { ContractCases } from '../contract-case.js';
import { aJob } from './jobs.cases.js';

export const liveCases: ContractCases = {
  streamJob: async (world) => {
    const job = await aJob(world);
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
    await world.gateway.feed.flush();
    await job.end('cancelled');
    await world.contract.answers('streamJob', 200, { path: { id: job.id } });
    // From before the first event: what the feed still holds.
    await world.contract.answers('streamJob', 200, { path: { id: job.id }, headers: { 'last-event-id': '-' } });
  },
};
