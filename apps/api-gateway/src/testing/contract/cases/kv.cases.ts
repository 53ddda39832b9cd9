import type { ContractCases } from '../contract-case.js';
import type { ContractWorld } from '../contract-world.js';

const PROJECT = 'sharing';
const path = { name: PROJECT, key: 'best_params' };
const raw = '{"lr": 0.01}';

async function seedValue({ contract }: ContractWorld, key = path.key): Promise<void> {
  await contract.send('createProject', { body: { name: PROJECT } });
  await contract.send('putKvEntry', { path: { name: PROJECT, key }, raw });
}

export const kvCases: ContractCases = {
  putKvEntry: async ({ contract, database }) => {
    await contract.send('createProject', { body: { name: PROJECT } });
    for (const body of contract.exampleBodies('putKvEntry'))
      await contract.answers('putKvEntry', 201, { path: { name: PROJECT, key: 'new' }, body });
    await contract.answers('putKvEntry', 200, { path: { name: PROJECT, key: 'new' }, raw: '[1]' });
    const stale = { path, raw, headers: { 'if-match': '"0"' } };
    await contract.answers('putKvEntry', 'precondition_failed', stale);
    await contract.answers('putKvEntry', 'kv_value_too_large', { path, raw: `"${'x'.repeat(65_536)}"` });
    await contract.answers('putKvEntry', 'validation_failed', { path: { name: PROJECT, key: '%20' }, raw });
    await database.query('UPDATE projects SET kv_keys = 10000 WHERE name = $1', [PROJECT]);
    await contract.answers('putKvEntry', 'kv_full', { path: { name: PROJECT, key: 'one-more' }, raw });
    await database.query(
      'UPDATE projects SET kv_keys = (SELECT count(*) FROM kv_entries WHERE project_id = id) WHERE name = $1',
      [PROJECT],
    );
  },

  getKvEntry: async (world) => {
    await seedValue(world);
    await world.contract.answers('getKvEntry', 200, { path });
  },

  listKvEntries: async (world) => {
    await seedValue(world);
    await world.contract.answers('listKvEntries', 200, { path: { name: PROJECT }, query: { prefix: 'best' } });
  },

  deleteKvEntry: async (world) => {
    const goes = { path: { name: PROJECT, key: 'goes' } };
    await seedValue(world, 'goes');
    await world.contract.answers('deleteKvEntry', 'precondition_failed', { ...goes, headers: { 'if-match': '"0"' } });
    await world.contract.answers('deleteKvEntry', 204, goes);
    await seedValue(world, 'goes');
  },
};
