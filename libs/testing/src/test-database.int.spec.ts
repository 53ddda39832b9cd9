import { expect, test } from '@jest/globals';
import { createTestDatabase } from './test-database.js';

test('suites at once get migrated databases of their own, and drop them', async () => {
  const suites = await Promise.all([createTestDatabase(), createTestDatabase(), createTestDatabase()]);
  const [one, two] = suites;
  await one?.database.query('INSERT INTO outbox (kind, type, body) VALUES ($1, $2, $3)', ['message', 'x', '{}']);
  expect(await two?.database.query('SELECT id FROM outbox')).toEqual([]);
  const keeper = await createTestDatabase();
  for (const suite of suites) await suite.drop();
  const names = suites.map(({ url }) => new URL(url).pathname.slice(1));
  expect(await keeper.database.query('SELECT datname FROM pg_database WHERE datname = ANY ($1)', [names])).toEqual([]);
  await keeper.drop();
});
