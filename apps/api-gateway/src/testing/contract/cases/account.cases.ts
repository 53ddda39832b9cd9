import type { ContractCases } from '../contract-case.js';

export const accountCases: ContractCases = {
  getAccount: async ({ contract }) => {
    await contract.answers('getAccount', 200);
  },

  putSecret: async ({ contract }) => {
    for (const body of contract.exampleBodies('putSecret')) await contract.answers('putSecret', 200, { body });
  },

  listSecrets: async ({ contract }) => {
    await contract.answers('listSecrets', 200);
    await contract.answers('listSecrets', 200, { query: { limit: '1' } });
  },

  deleteSecret: async ({ contract }) => {
    await contract.answers('putSecret', 200, { body: { name: 'GOES', value: 'hidden' } });
    await contract.answers('deleteSecret', 204, { path: { name: 'GOES' } });
    await contract.answers('putSecret', 200, { body: { name: 'GOES', value: 'hidden' } });
  },
};
