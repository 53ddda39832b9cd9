import { encodeId, newUuid } from '@computalot/kernel';
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

  listWorkers: async ({ contract, database }) => {
    await database.query(`INSERT INTO workers (id, name, incarnation, offers) VALUES ($1, 'w', $1, '{"cpu":2}')`, [
      newUuid(),
    ]);
    await contract.answers('listWorkers', 200);
  },
};
