import { encodeId, newUuid } from '@computalot/kernel';
import { expect } from '@jest/globals';
import { SeededJob, seedProject } from '../../seed-job.js';
import type { ContractCases } from '../contract-case.js';

export const adminCases: ContractCases = {
  createAccount: async ({ contract }) => {
    for (const body of contract.exampleBodies('createAccount')) {
      await contract.answers('createAccount', 201, { body });
      await contract.answers('createAccount', 'account_exists', { body });
    }
  },

  createKey: async ({ contract, stranger }) => {
    const path = { id: encodeId('acc', stranger.id) };
    for (const body of contract.exampleBodies('createKey')) await contract.answers('createKey', 201, { path, body });
  },

  getAccountById: async ({ contract, stranger }) => {
    await contract.answers('getAccountById', 200, { path: { id: encodeId('acc', stranger.id) } });
  },

  listKeys: async ({ contract, stranger }) => {
    await contract.answers('listKeys', 200, { path: { id: encodeId('acc', stranger.id) } });
  },

  revokeKey: async ({ contract, stranger }) => {
    const account = encodeId('acc', stranger.id);
    const { json } = await contract.answers('createKey', 201, { path: { id: account }, body: { role: 'member' } });
    await contract.answers('revokeKey', 204, { path: { id: account, key_id: String(json.id) } });
  },

  listAccounts: async ({ contract }) => {
    await contract.answers('listAccounts', 200);
    await contract.answers('listAccounts', 200, { query: { limit: '1' } });
  },

  getQueues: async ({ contract, database, gateway, owner }) => {
    await seedProject(database, owner.id, 'queueing');
    const job = await SeededJob.submit(gateway, database, owner.key, { project: 'queueing' });
    const { json } = await contract.answers('getQueues', 200);
    expect(json.queues).toContainEqual({
      name: 'planning',
      depth: expect.any(Number),
      oldest_age_s: expect.any(Number),
    });
    const requirements = { cpu: 3 };
    await job.plan(7);
    await database.query(`UPDATE jobs SET run_context = '{}', requirements = $2 WHERE id = $1`, [
      job.uuid,
      requirements,
    ]);
    const { json: planned } = await contract.answers('getQueues', 200);
    expect(planned.work).toContainEqual({
      requirements,
      jobs: 1,
      queued: 7,
      running: 0,
      oldest_age_s: expect.any(Number),
    });
  },

  getDefaultQuotas: async ({ contract }) => {
    await contract.answers('getDefaultQuotas', 200);
  },

  setDefaultQuotas: async ({ contract }) => {
    const bodies = contract.exampleBodies('setDefaultQuotas');
    for (const body of [...bodies, {}]) await contract.answers('setDefaultQuotas', 200, { body });
  },

  listAuditEntries: async ({ contract, owner }) => {
    await contract.answers('createAccount', 201, { body: { name: 'written down' } });
    await contract.answers('listAuditEntries', 200);
    await contract.answers('listAuditEntries', 200, {
      query: { account: encodeId('acc', owner.id), action: 'key.created' },
    });
  },

  setQuotas: async ({ contract, stranger }) => {
    const path = { id: encodeId('acc', stranger.id) };
    for (const body of contract.exampleBodies('setQuotas')) await contract.answers('setQuotas', 200, { path, body });
    await contract.answers('setQuotas', 200, { path, body: {} });
  },

  putProfile: async ({ contract }) => {
    for (const body of contract.exampleBodies('putProfile')) await contract.answers('putProfile', 200, { body });
  },

  listProfiles: async ({ contract }) => {
    await contract.answers('listProfiles', 200);
    await contract.answers('listProfiles', 200, { query: { limit: '1' } });
  },

  deleteProfile: async ({ contract }) => {
    await contract.answers('putProfile', 200, { body: { name: 'goes', requirements: {} } });
    await contract.answers('deleteProfile', 204, { path: { name: 'goes' } });
    await contract.answers('putProfile', 200, { body: { name: 'goes', requirements: {} } });
  },

  listWorkers: async ({ contract, database }) => {
    await database.query(`INSERT INTO workers (id, name, incarnation, offers) VALUES ($1, 'w', $1, '{"cpu":2}')`, [
      newUuid(),
    ]);
    await contract.answers('listWorkers', 200);
  },
};
