import { randomUUID } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '@computalot/testing';
import { Injectable, Inject, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DATABASE, Database } from './database.js';
import { DatabaseModule } from './database.module.js';
import { createPrisma, PRISMA, type PrismaClient } from './prisma.js';

@Injectable()
class Probe {
  constructor(
    @Inject(DATABASE) readonly database: Database,
    @Inject(PRISMA) readonly prisma: PrismaClient,
  ) {}
}
@Module({ providers: [Probe] })
class ServiceModule {}

let fixture: TestDatabase;
beforeAll(async () => {
  fixture = await createTestDatabase();
});
afterAll(() => fixture.drop());

test('a module that imports nothing gets both clients; shutdown closes the pool', async () => {
  const database = new Database({ url: fixture.url });
  const app = await Test.createTestingModule({ imports: [DatabaseModule.forRoot(database), ServiceModule] }).compile();
  const probe = app.get(Probe);
  expect(probe.database).toBe(database);
  expect(await probe.prisma.account.count()).toBe(0);
  await app.close();
  await expect(database.query('SELECT 1')).rejects.toThrow();
});

test('Prisma and SQL see the same rows with the same names, on one pool', async () => {
  const prisma = createPrisma(fixture.database);
  const [account, project] = [randomUUID(), randomUUID()];
  await prisma.account.create({ data: { id: account, name: 'a', projects: { create: { id: project, name: 'p' } } } });
  expect(await fixture.database.query('SELECT account_id, name FROM projects')).toEqual([
    { account_id: account, name: 'p' },
  ]);
  await fixture.database.query(
    `INSERT INTO revisions (project_id, hash, size_bytes, entry_count, manifest) VALUES ($1, repeat('a', 64), 5000000000, 1, '{"version":1}')`,
    [project],
  );
  expect(await prisma.revision.findFirst({ where: { project_id: project } })).toMatchObject({
    size_bytes: 5_000_000_000n,
    manifest: { version: 1 },
  });
  await prisma.$disconnect();
  // The pool is not Prisma's to close, and the parsers of plain queries are untouched by its own.
  expect(await fixture.database.query('SELECT size_bytes FROM revisions')).toEqual([{ size_bytes: 5_000_000_000 }]);
});

test('a failed interactive transaction of Prisma leaves nothing and gives its connection back', async () => {
  const database = new Database({ url: fixture.url, maxConnections: 1 });
  const prisma = createPrisma(database);
  const failed = prisma.$transaction(async (tx) => {
    await tx.account.create({ data: { id: randomUUID(), name: 'gone' } });
    throw new Error('no');
  });
  await expect(failed).rejects.toThrow('no');
  expect(await database.query(`SELECT id FROM accounts WHERE name = 'gone'`)).toEqual([]);
  await database.close();
});
