import type { ContractCases } from '../contract-case.js';
import { aJob } from './jobs.cases.js';

export const resultCases: ContractCases = {
  getResults: async (world) => {
    const { id } = await aJob(world);
    await world.contract.answers('getResults', 200, { path: { job_id: id } });
    await world.contract.answers('getResults', 200, {
      path: { job_id: id },
      headers: { accept: 'application/x-ndjson' },
    });
  },

  getTaskResult: async (world) => {
    const { id } = await aJob(world);
    await world.contract.answers('getTaskResult', 200, { path: { job_id: id, index: 1 } });
    await world.contract.answers('getTaskResult', 'not_found', { path: { job_id: id, index: 2 } });
  },
};
