import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import {
  Database,
  DATABASE,
  DatabaseModule,
  deleteJobIfEnded,
  outboxSource,
  SecretKeys,
  SecretsModule,
} from '@computalot/database';
import { firstUuidAt, newUuid } from '@computalot/kernel';
import { createTransport, MessagingModule, OUTBOX_RELAY, type OutboxRelay } from '@computalot/messaging';
import { createObjectStore, objectKeys, ObjectStoreModule, type ObjectStore } from '@computalot/object-store';
import { createTestDatabase, type TestDatabase, waitUntil } from '@computalot/testing';
import type { INestApplication } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { ArtifactModule } from './artifact.module.js';
import { DeleteJobs } from './delete-jobs/delete-jobs.service.js';
import { ExpireJobs } from './expire-jobs/expire-jobs.service.js';
import { RemoveContents } from './remove-contents/remove-contents.service.js';
import { SweepLeftovers } from './sweep-leftovers/sweep-leftovers.service.js';

const TTL_S = 3_600;
let fixture: TestDatabase;
let folder: string;
let store: ObjectStore;
const account = newUuid();

beforeAll(async () => {
  fixture = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'computalot-removal-'));
  store = createObjectStore({ url: pathToFileURL(folder).href });
  await store.ensureReady();
  await rows('INSERT INTO accounts (id, name) VALUES ($1, $2)', [account, account]);
});
afterAll(async () => {
  await fixture.drop();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  jest.restoreAllMocks();
  await rows('TRUNCATE jobs, tasks, artifacts, outbox, deleted_jobs, orphaned_contents, discarded_checkpoints CASCADE');
});

const rows = <R extends object>(sql: string, params: unknown[] = []) => fixture.database.query<R>(sql, params);
const sha = (letter: string) => letter.repeat(64);
const isStored = async (key: string) => (await store.head(key)) !== null;
const isCleared = async () => (await rows('SELECT FROM deleted_jobs WHERE cleared_at IS NULL')).length === 0;
const isQuiet = async () => (await isCleared()) && (await rows('SELECT FROM orphaned_contents')).length === 0;

/** An ended job with one task, its spec, and artifacts of these contents, whose bytes are there. */
async function endedJob(contents: string, endedSeconds = 0): Promise<string> {
  const id =
    endedSeconds === 0
      ? newUuid()
      : firstUuidAt(Date.now() - 2 * endedSeconds * 1_000).slice(0, 24) + newUuid().slice(24);
  await rows(
    `INSERT INTO jobs (id, account_id, type, status, task_total, planned, completed, finished_at)
     VALUES ($1, $2, 'structured_runner', 'completed', 1, 1, 1, now() - make_interval(secs => $3))`,
    [id, account, endedSeconds],
  );
  await rows(`INSERT INTO tasks (job_id, index, state, attempt, finished_at) VALUES ($1, 0, 'completed', 1, now())`, [
    id,
  ]);
  await store.put(objectKeys.spec(id), Buffer.from('{}'));
  for (const letter of contents) {
    await rows(
      `INSERT INTO artifacts (id, account_id, job_id, task_index, attempt, filename, size_bytes, sha256, published_at)
       VALUES ($1, $2, $3, 0, 1, $4, 1, $5, now())`,
      [newUuid(), account, id, letter, sha(letter)],
    );
    await store.put(objectKeys.artifact(account, sha(letter)), Buffer.from(letter));
  }
  return id;
}

/** The whole service, with its loops and its messages. */
async function startService(): Promise<INestApplication> {
  const transport = createTransport({ url: `inproc:${account}`, services: ['artifact'] });
  const imports = [
    DatabaseModule.forRoot(new Database({ url: fixture.url })),
    ObjectStoreModule.forRoot(createObjectStore({ url: pathToFileURL(folder).href })),
    SecretsModule.forRoot(new SecretKeys(SecretKeys.generate())),
    MessagingModule.forRoot(transport, { outbox: { inject: [DATABASE], useFactory: outboxSource } }),
    ArtifactModule.forRoot({ resultTtl_s: null }),
  ];
  const module = await Test.createTestingModule({ imports }).compile();
  const app = module.createNestApplication(new FastifyAdapter(), { logger: false });
  app.connectMicroservice({ strategy: transport.strategy });
  await app.init();
  await app.startAllMicroservices();
  return app;
}
const deleter = () => new DeleteJobs(fixture.database, store);

describe('a deleted job', () => {
  test('is cleared away: its objects, and the bytes that no other artifact has', async () => {
    const [id, other] = [await endedJob('ab'), await endedJob('bc')];
    const app = await startService();
    await deleteJobIfEnded(fixture.database, account, id);
    app.get<OutboxRelay>(OUTBOX_RELAY).wake();
    await waitUntil('everything cleared away', isQuiet);
    await app.close();
    expect(await isStored(objectKeys.spec(id))).toBe(false);
    expect(await isStored(objectKeys.spec(other))).toBe(true);
    expect(await rows('SELECT job_id FROM tasks')).toEqual([{ job_id: other }]);
    const stored = await Promise.all([...'abc'].map((letter) => isStored(objectKeys.artifact(account, sha(letter)))));
    expect(stored).toEqual([false, true, true]);
  });

  test('that cannot be cleared now is later, and holds up no other', async () => {
    const [stuck, next] = [await endedJob(''), await endedJob('')];
    const deletePrefix = store.deletePrefix.bind(store);
    const away = jest.spyOn(store, 'deletePrefix').mockImplementation((prefix) => {
      return prefix.includes(stuck) ? Promise.reject(new Error('away')) : deletePrefix(prefix);
    });
    for (const id of [stuck, next]) await deleteJobIfEnded(fixture.database, account, id);
    await deleter().runOnce();
    expect([await isStored(objectKeys.spec(stuck)), await isStored(objectKeys.spec(next))]).toEqual([true, false]);
    away.mockRestore();
    await deleter().runOnce();
    expect([await isStored(objectKeys.spec(stuck)), await isCleared()]).toEqual([false, true]);
  });

  test('is looked at once more when no upload that was granted before can be under way', async () => {
    const id = await endedJob('');
    await deleteJobIfEnded(fixture.database, account, id);
    await deleter().runOnce();
    await store.put(objectKeys.output(id, 0, 1, 'stdout'), Buffer.from('late'));
    await deleter().runOnce();
    expect(await isStored(objectKeys.output(id, 0, 1, 'stdout'))).toBe(true);
    await rows(`UPDATE deleted_jobs SET cleared_at = now() - interval '1 day'`);
    await deleter().runOnce();
    expect(await isStored(objectKeys.output(id, 0, 1, 'stdout'))).toBe(false);
    expect(await rows('SELECT FROM deleted_jobs')).toEqual([]);
  });
});

test('bytes whose removal failed are removed by the next run, and kept from being announced until then', async () => {
  await rows('INSERT INTO orphaned_contents (account_id, sha256) VALUES ($1, $2)', [account, sha('d')]);
  await store.put(objectKeys.artifact(account, sha('d')), Buffer.from('d'));
  const remover = new RemoveContents(fixture.database, store);
  jest.spyOn(store, 'delete').mockRejectedValueOnce(new Error('away'));
  await expect(remover.runOnce()).rejects.toThrow('away');
  expect(await rows('SELECT FROM orphaned_contents WHERE removing_since IS NOT NULL')).toHaveLength(1);
  await remover.runOnce();
  expect(await rows('SELECT FROM orphaned_contents')).toEqual([]);
  expect(await isStored(objectKeys.artifact(account, sha('d')))).toBe(false);
});

test('jobs expire as if their users had deleted them, unless jobs are kept for ever', async () => {
  const [old, fresh] = [await endedJob('', 2 * TTL_S), await endedJob('', TTL_S / 2)];
  expect(await new ExpireJobs(fixture.database, { resultTtl_s: null }).runOnce()).toBe(0);
  expect(await new ExpireJobs(fixture.database, { resultTtl_s: TTL_S }).runOnce()).toBe(1);
  expect(await rows('SELECT id FROM jobs')).toEqual([{ id: fresh }]);
  await deleter().runOnce();
  expect([await isStored(objectKeys.spec(old)), await isStored(objectKeys.spec(fresh))]).toEqual([false, true]);
});

test('checkpoints of the past are swept, and bytes that were announced and never came', async () => {
  const [old, fresh] = [await endedJob('', 200_000), await endedJob('')];
  await rows('UPDATE tasks SET checkpoint_attempt = 1, checkpoint_size_bytes = 1');
  for (const id of [old, fresh]) await store.put(objectKeys.checkpoint(id, 0, 1), Buffer.from('c'));
  await rows(
    `INSERT INTO artifacts (id, account_id, job_id, task_index, attempt, filename, size_bytes, sha256, created_at)
     VALUES ($1, $2, $3, 0, 1, 'f', 1, $4, now() - interval '2 days')`,
    [newUuid(), account, fresh, sha('e')],
  );
  await store.put(objectKeys.artifact(account, sha('e')), Buffer.from('half'));
  await new SweepLeftovers(fixture.database, store).runOnce();
  expect(await isStored(objectKeys.checkpoint(old, 0, 1))).toBe(false);
  expect(await isStored(objectKeys.checkpoint(fresh, 0, 1))).toBe(true);
  await new RemoveContents(fixture.database, store).runOnce();
  expect(await isStored(objectKeys.artifact(account, sha('e')))).toBe(false);
});
