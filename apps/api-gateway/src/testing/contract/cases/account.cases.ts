import type { ContractCases } from '../contract-case.js';

export const accountCases: ContractCases = {
  getAccount: async ({ contract }) => {
    await contract.answers('getAccount', 200);
  },

  createOwnKey: async ({ contract }) => {
    for (const body of contract.exampleBodies('createOwnKey')) await contract.answers('createOwnKey', 201, { body });
  },

  listOwnKeys: async ({ contract }) => {
    await contract.answers('listOwnKeys', 200);
    await contract.answers('listOwnKeys', 200, { query: { limit: '1' } });
  },

  revokeOwnKey: async ({ contract }) => {
    const { json } = await contract.answers('createOwnKey', 201, { body: { role: 'member' } });
    await contract.answers('revokeOwnKey', 204, { path: { key_id: String(json.id) } });
  },

  getWebhookSecret: async ({ contract }) => {
    await contract.answers('getWebhookSecret', 200);
  },

  rotateWebhookSecret: async ({ contract }) => {
    for (const body of contract.exampleBodies('rotateWebhookSecret'))
      await contract.answers('rotateWebhookSecret', 200, { body });
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
