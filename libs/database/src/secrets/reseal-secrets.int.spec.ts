import { newUuid } from '@computalot/kernel';
import { createTestDatabase, type TestDatabase } from '@computalot/testing';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createPrisma, type PrismaClient } from '../prisma.js';
import { resealSecrets } from './reseal-secrets.js';
import { SecretKeys } from './secret-keys.js';
import { openSecrets, putSecret } from './secrets.store.js';

const [old, fresh, lost] = [SecretKeys.generate(), SecretKeys.generate(), SecretKeys.generate()];
const accountId = newUuid();

let fixture: TestDatabase;
let prisma: PrismaClient;
beforeAll(async () => {
  fixture = await createTestDatabase();
  prisma = createPrisma(fixture.database);
  await fixture.database.query('INSERT INTO accounts (id, name) VALUES ($1, $2)', [accountId, 'sealing']);
});
afterAll(async () => {
  await prisma.$disconnect();
  await fixture.drop();
});

test('after a rotation the old key is needed no more; what no key opens stays as it is and is counted', async () => {
  const names = Array.from({ length: 450 }, (_, n) => `S${n}`);
  for (const name of names)
    await putSecret(fixture.database, new SecretKeys(old), { accountId, name, value: `value of ${name}` });
  await putSecret(fixture.database, new SecretKeys(lost), { accountId, name: 'LOST', value: 'x' });
  const rotated = new SecretKeys(`${fresh},${old}`);
  const both = await Promise.all([1, 2].map(() => resealSecrets(fixture.database, rotated)));
  expect(both.map(({ unopened }) => unopened)).toEqual([1, 1]);
  const opened = await openSecrets(prisma, new SecretKeys(fresh), accountId, names);
  expect(opened).toEqual(Object.fromEntries(names.map((name) => [name, `value of ${name}`])));
  expect(await openSecrets(prisma, new SecretKeys(lost), accountId, ['LOST'])).toEqual({ LOST: 'x' });
  expect(await resealSecrets(fixture.database, rotated)).toEqual({ resealed: 0, unopened: 1 });
});
