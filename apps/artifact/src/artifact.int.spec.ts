import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import {
  grantAnswered,
  grantRequested,
  uploadAnswered,
  uploadRequested,
  workerAssign,
  workerCancel,
  type BodyOf,
  type GrantTarget,
  type OutgoingEvent,
} from '@computalot/contracts';
import {
  beginUpload,
  completeUploadIfOpen,
  Database,
  DatabaseModule,
  putSecret,
  readUpload,
  SecretKeys,
  SecretsModule,
} from '@computalot/database';
import { encodeId, newUuid } from '@computalot/kernel';
import {
  createTransport,
  done,
  HandleMessage,
  MessagingModule,
  OUTBOX_RELAY,
  type Outcome,
  type Transport,
} from '@computalot/messaging';
import { createObjectStore, objectKeys, ObjectStoreModule, type ObjectStore } from '@computalot/object-store';
import { createTestDatabase, type TestDatabase } from '@computalot/testing';
import { Controller, Global, Module, type INestApplication } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { ArtifactModule } from './artifact.module.js';
import { SweepLeftovers } from './sweep-leftovers/sweep-leftovers.service.js';
import { VerifyUploads } from './serve-uploads/verify-uploads.service.js';

const answers = new Map<string, (answer: BodyOf<typeof uploadAnswered>) => void>();
@Controller()
class FakeGateway {
  @HandleMessage(uploadAnswered)
  async answered(batch: readonly BodyOf<typeof uploadAnswered>[]): Promise<Outcome> {
    for (const answer of batch) answers.get(answer.request_id)?.(answer);
    return done;
  }
}

type Answer = BodyOf<typeof grantAnswered>;
const waiting = new Map<string, (answer: Answer) => void>();

@Controller()
class FakeWorker {
  @HandleMessage(grantAnswered)
  async answered(batch: readonly Answer[]): Promise<Outcome> {
    for (const answer of batch) waiting.get(answer.request_id)?.(answer);
    return done;
  }
  @HandleMessage(workerAssign)
  async assign(): Promise<Outcome> {
    return done;
  }
  @HandleMessage(workerCancel)
  async cancel(): Promise<Outcome> {
    return done;
  }
}

const wake = jest.fn();
class RelayProbe {}
Global()(RelayProbe);
Module({ providers: [{ provide: OUTBOX_RELAY, useValue: { wake } }], exports: [OUTBOX_RELAY] })(RelayProbe);

const workerId = newUuid();
const secretsKey = SecretKeys.generate();
let fixture: TestDatabase;
let folder: string;
let store: ObjectStore;
let transport: Transport;
let app: INestApplication;

beforeAll(async () => {
  fixture = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'computalot-artifact-'));
  store = createObjectStore({ url: pathToFileURL(folder).href });
  await store.ensureReady();
  transport = createTransport({
    url: `inproc:${workerId}`,
    services: ['artifact', 'api-gateway', 'worker'],
    receiverId: workerId,
  });
  const imports = [
    DatabaseModule.forRoot(new Database({ url: fixture.url })),
    SecretsModule.forRoot(new SecretKeys(secretsKey)),
    ObjectStoreModule.forRoot(store),
    MessagingModule.forRoot(transport),
    RelayProbe,
    ArtifactModule.forRoot({ resultTtl_s: null }),
  ];
  const module = await Test.createTestingModule({ imports, controllers: [FakeWorker, FakeGateway] }).compile();
  app = module.createNestApplication(new FastifyAdapter(), { logger: false });
  app.connectMicroservice({ strategy: transport.strategy });
  await app.init();
  await app.startAllMicroservices();
});
afterAll(async () => {
  await app.close();
  await fixture.drop();
  await rm(folder, { recursive: true });
});

const account = newUuid();
let job: string;
const revision = 'a'.repeat(64);
beforeEach(async () => {
  wake.mockClear();
  // As a transaction: it is run again when a loop of the service's and it wait for each other.
  await fixture.database.transaction((tx) =>
    tx.query('TRUNCATE accounts, jobs, tasks, artifacts, uploads, outbox CASCADE'),
  );
  job = newUuid();
  await fixture.database.query('INSERT INTO accounts (id, name) VALUES ($1, $2)', [account, account]);
  await addJob(job);
});

/** Task 0 of the job is run by the asking worker as attempt 2. */
async function addJob(id: string): Promise<void> {
  await fixture.database.query(
    `INSERT INTO jobs (id, account_id, type, revision) VALUES ($1, $2, 'structured_runner', $3)`,
    [id, account, revision],
  );
  await fixture.database.query(
    `INSERT INTO tasks (job_id, index, state, attempt, worker_id) VALUES ($1, 0, 'running', 2, $2)`,
    [id, workerId],
  );
}

function ask(target: GrantTarget): Promise<Answer> {
  const request_id = newUuid();
  const answer = new Promise<Answer>((resolve) => waiting.set(request_id, resolve));
  transport.publisher.send(grantRequested, { request_id, worker_id: workerId, target });
  return answer;
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const file = (name: string, text: string, jobId = job): GrantTarget => {
  return {
    kind: 'artifact',
    job_id: jobId,
    index: 0,
    attempt: 2,
    name,
    size_bytes: Buffer.byteLength(text),
    sha256: sha256(text),
  };
};
async function put(answer: Answer, text: string): Promise<void> {
  const response = await fetch(answer.grant!.url!, { method: 'PUT', headers: answer.grant!.headers, body: text });
  expect(response.ok).toBe(true);
}
const uploaded = (answer: Answer) => ask({ kind: 'artifact_uploaded', artifact_id: answer.grant!.artifact_id! });
const publishedNames = async () => {
  const rows = await fixture.database.query<{ filename: string }>(
    'SELECT filename FROM artifacts WHERE published_at IS NOT NULL ORDER BY id',
  );
  return rows.map((row) => row.filename);
};

describe('transfers', () => {
  test('the revision of a held job can be downloaded', async () => {
    await store.put(objectKeys.revision(account, revision), Buffer.from('tarball'));
    const { grant } = await ask({ kind: 'revision', job_id: job });
    expect(grant).toMatchObject({ method: 'GET' });
    expect(await (await fetch(grant!.url!)).text()).toBe('tarball');
  });

  test('the spec of a held job is downloaded whole or by its parts', async () => {
    await store.put(objectKeys.spec(job), Buffer.from('whole'));
    await store.put(objectKeys.specPart(job, 7), Buffer.from('part'));
    const spec = async (more: { part?: number }) =>
      (await fetch((await ask({ kind: 'spec', job_id: job, ...more })).grant!.url!)).text();
    expect([await spec({}), await spec({ part: 7 })]).toEqual(['whole', 'part']);
  });

  test('an input of a held job can be downloaded, as long as it is there; nothing else, nor for another account', async () => {
    const [input, other, theirs, stranger] = [newUuid(), newUuid(), newUuid(), newUuid()];
    await fixture.database.query('INSERT INTO accounts (id, name) VALUES ($1, $2)', [stranger, stranger]);
    await fixture.database.query(
      `INSERT INTO artifacts (id, account_id, filename, size_bytes, sha256, published_at)
       SELECT id, owner, 'x', 4, $3, now() FROM unnest($1::uuid[], $2::uuid[]) AS n (id, owner)`,
      [[input, other, theirs], [account, account, stranger], sha256('data')],
    );
    const artifacts = [input, theirs].map((id) => ({ artifact_id: encodeId('art', id) }));
    const resolved = JSON.stringify({ artifacts: { ...artifacts } });
    await fixture.database.query(`INSERT INTO job_submissions VALUES ($1, '{}', NULL, NULL, $2)`, [job, resolved]);
    await store.put(objectKeys.artifact(account, sha256('data')), Buffer.from('data'));
    const asked = (artifact_id: string, job_id = job) => ask({ kind: 'input', job_id, artifact_id });
    expect(await (await fetch((await asked(input)).grant!.url!)).text()).toBe('data');
    expect((await asked(input, newUuid())).error?.code).toBe('not_held');
    await fixture.database.query('DELETE FROM artifacts WHERE id = $1', [input]);
    for (const id of [input, other, theirs]) expect((await asked(id)).error?.code).toBe('unknown_artifact');
  });

  test('a result is uploaded to the key of its attempt', async () => {
    await put(await ask({ kind: 'result', job_id: job, index: 0, attempt: 2 }), '{"a":1}');
    expect((await store.head(objectKeys.result(job, 0, 2)))?.size_bytes).toBe(7);
  });

  test('a checkpoint is uploaded to the key of its attempt; the one recorded last is restored, whoever saved it', async () => {
    const of = { job_id: job, index: 0, attempt: 2 };
    expect((await ask({ kind: 'checkpoint_restore', ...of })).grant).toMatchObject({ url: null });
    await store.put(objectKeys.checkpoint(job, 0, 1), Buffer.from('of the first'));
    await put(await ask({ kind: 'checkpoint', ...of }), 'of the second, not recorded yet');
    const recorded = 'UPDATE tasks SET checkpoint_attempt = $2 WHERE job_id = $1';
    const restored = async () => (await fetch((await ask({ kind: 'checkpoint_restore', ...of })).grant!.url!)).text();
    await fixture.database.query(recorded, [job, 1]);
    expect(await restored()).toBe('of the first');
    await fixture.database.query(recorded, [job, 2]);
    expect(await restored()).toBe('of the second, not recorded yet');
  });

  test('a reduce task reads what was written for it in this run; a map task, or who does not hold it, reads nothing', async () => {
    await fixture.database.query(
      `INSERT INTO tasks (job_id, index, state, attempt, worker_id) VALUES ($1, 5, 'running', 1, $2), ($1, 6, 'running', 1, $3)`,
      [job, workerId, newUuid()],
    );
    const read = (index: number, attempt = 1) => ask({ kind: 'map_results', job_id: job, index, attempt });
    expect((await read(5)).error?.code).toBe('no_map_results');
    await fixture.database.query(`UPDATE jobs SET map_total = 5, run = 3, run_context = '{"reduce": {"run": 2}}'`);
    await store.put(objectKeys.mapResults(job, 2, 5), Buffer.from('lines'));
    expect(await (await fetch((await read(5)).grant!.url!)).text()).toBe('lines');
    expect([(await read(0, 2)).error?.code, (await read(6)).error?.code, (await read(5, 2)).error?.code]).toEqual([
      'no_map_results',
      'not_held',
      'not_held',
    ]);
  });

  test.each<[string, (jobId: string) => GrantTarget]>([
    ['a checkpoint of an older attempt', (job_id) => ({ kind: 'checkpoint', job_id, index: 0, attempt: 1 })],
    ['an older attempt', (job_id) => ({ kind: 'result', job_id, index: 0, attempt: 1 })],
    ['a task of somebody else', (job_id) => ({ kind: 'output', job_id, index: 1, attempt: 1, stream: 'stdout' })],
    ['a job that does not exist', () => ({ kind: 'revision', job_id: newUuid() })],
  ])('%s is refused with an answer', async (_name, target) => {
    await fixture.database.query(
      `INSERT INTO tasks (job_id, index, state, attempt, worker_id) VALUES ($1, 1, 'running', 1, $2)`,
      [job, newUuid()],
    );
    const answer = await ask(target(job));
    expect(answer.error?.code).toBe('not_held');
    expect(answer.grant).toBeUndefined();
  });

  test('a job whose last task of this worker has ended is not held any more', async () => {
    await fixture.database.query(`UPDATE tasks SET state = 'completed', worker_id = NULL, finished_at = now()`);
    expect((await ask({ kind: 'spec', job_id: job })).error?.code).toBe('not_held');
  });

  test('a job without a project has no revision', async () => {
    await fixture.database.query('UPDATE jobs SET revision = NULL');
    expect((await ask({ kind: 'revision', job_id: job })).error?.code).toBe('no_revision');
  });
});

describe('secrets', () => {
  const names = (list: string[]) =>
    fixture.database.query('UPDATE jobs SET run_context = $2 WHERE id = $1', [job, JSON.stringify({ secrets: list })]);
  const keep = async (keys: SecretKeys, accountId: string, name: string, value: string) => {
    const database = new Database({ url: fixture.url });
    await putSecret(database, keys, { accountId, name, value });
    await database.close();
  };

  test('a holder gets those that the job names, and no others', async () => {
    const keys = new SecretKeys(secretsKey);
    await keep(keys, account, 'TOKEN', 'hunter2');
    await keep(keys, account, 'OTHER', 'not asked for');
    await names(['TOKEN']);
    expect((await ask({ kind: 'secrets', job_id: job })).grant?.secrets).toEqual({ TOKEN: 'hunter2' });
  });

  test('another account’s secret of the same name is not to be had', async () => {
    const other = newUuid();
    await fixture.database.query('INSERT INTO accounts (id, name) VALUES ($1, $2)', [other, other]);
    await keep(new SecretKeys(secretsKey), other, 'TOKEN', 'theirs');
    await names(['TOKEN']);
    expect((await ask({ kind: 'secrets', job_id: job })).error).toMatchObject({ code: 'secret_missing' });
  });

  test('one that was sealed with a lost key is missing, by name', async () => {
    await keep(new SecretKeys(SecretKeys.generate()), account, 'TOKEN', 'hunter2');
    await names(['TOKEN']);
    const { error } = await ask({ kind: 'secrets', job_id: job });
    expect(error).toMatchObject({ code: 'secret_missing', message: expect.stringContaining('TOKEN') });
  });

  test('whoever holds nothing of the job gets nothing', async () => {
    await fixture.database.query('UPDATE tasks SET worker_id = $1', [newUuid()]);
    expect((await ask({ kind: 'secrets', job_id: job })).error?.code).toBe('not_held');
  });
});

describe('artifacts', () => {
  test('are published, once and with an event, when the bytes are what was announced', async () => {
    const answer = await ask(file('model.bin', 'weights'));
    await put(answer, 'weights');
    expect(await publishedNames()).toEqual([]);
    expect(await Promise.all([uploaded(answer), uploaded(answer)])).toMatchObject([
      { grant: { url: null } },
      { grant: { url: null } },
    ]);
    expect(await uploaded(answer)).toMatchObject({ grant: { url: null, artifact_id: answer.grant!.artifact_id! } });
    expect(await publishedNames()).toEqual(['model.bin']);
    const outbox = await fixture.database.query<{ body: OutgoingEvent[] }>('SELECT body FROM outbox');
    expect(outbox.flatMap((row) => row.body)).toMatchObject([
      {
        type: 'artifact.created.v1',
        subject: encodeId('job', job),
        data: { filename: 'model.bin', size_bytes: 7, sha256: sha256('weights') },
      },
    ]);
    expect(wake).toHaveBeenCalledTimes(1);
  });

  test('the same bytes are not sent twice by one account', async () => {
    const first = await ask(file('a.bin', 'same'));
    await put(first, 'same');
    await uploaded(first);
    const other = newUuid();
    await addJob(other);
    const second = await ask(file('b.bin', 'same', other));
    expect(second.grant?.url).toBeNull();
    expect(second.grant?.artifact_id).not.toBe(first.grant?.artifact_id);
    expect(await publishedNames()).toEqual(['a.bin', 'b.bin']);
  });

  test('bytes that were only announced, or are gone from the store, are asked for', async () => {
    await ask(file('a.bin', 'bytes'));
    expect((await ask(file('b.bin', 'bytes'))).grant?.url).not.toBeNull();
    await fixture.database.query('UPDATE artifacts SET published_at = now()');
    await store.delete(objectKeys.artifact(account, sha256('bytes')));
    expect((await ask(file('c.bin', 'bytes'))).grant?.url).not.toBeNull();
  });

  test('other bytes than announced are refused, removed and never published', async () => {
    const wrongHash = await ask(file('a.bin', 'ballast'));
    await put(wrongHash, 'BALLAST');
    expect((await uploaded(wrongHash)).error?.code).toBe('hash_mismatch');
    expect(await store.head(objectKeys.artifact(account, sha256('ballast')))).toBeNull();
    const wrongSize = await ask(file('b.bin', 'ballast'));
    await put(wrongSize, 'we');
    expect((await uploaded(wrongSize)).error?.code).toBe('size_mismatch');
    expect(await publishedNames()).toEqual([]);
  });

  test('stay as they were verified, whatever is sent to the URL afterwards', async () => {
    const answer = await ask(file('a.bin', 'verified'));
    await put(answer, 'verified');
    await uploaded(answer);
    await put(answer, 'exchanged');
    const stored = await store.get(objectKeys.artifact(account, sha256('verified')));
    expect((await buffer(stored!)).toString()).toBe('verified');
    await fixture.database.query(`UPDATE uploads SET signed_until = now() - interval '1 second'`);
    await new SweepLeftovers(fixture.database, store).runOnce();
    expect(await store.head(objectKeys.arrival(account, answer.grant!.artifact_id!))).toBeNull();
    expect(await fixture.database.query('SELECT FROM uploads')).toEqual([]);
  });

  test('what was never uploaded, or belongs to an attempt that ended, is refused', async () => {
    const answer = await ask(file('a.bin', 'never sent'));
    expect((await uploaded(answer)).error?.code).toBe('not_uploaded');
    await fixture.database.query(`UPDATE tasks SET attempt = 3`);
    expect((await uploaded(answer)).error?.code).toBe('unknown_artifact');
  });

  test('a repeated announcement finds its row again; a published name keeps its content', async () => {
    const first = await ask(file('a.bin', 'one'));
    const again = await ask(file('a.bin', 'two'));
    expect(again.grant?.artifact_id).toBe(first.grant?.artifact_id);
    await put(again, 'two');
    await uploaded(again);
    expect((await ask(file('a.bin', 'three'))).error?.code).toBe('artifact_exists');
  });
});

describe('uploads of users', () => {
  const signed = (artifact_id: string, parts: number[] = []) => request('sign', artifact_id, parts);
  const request = (action: 'sign' | 'verify', artifact_id: string, parts: number[] = []) => {
    const request_id = newUuid();
    const answer = new Promise<BodyOf<typeof uploadAnswered>>((resolve) => answers.set(request_id, resolve));
    transport.publisher.send(uploadRequested, { request_id, gateway_id: workerId, action, artifact_id, parts });
    return answer;
  };
  const announced = async (text: string, inParts = false): Promise<string> => {
    const id = newUuid();
    await fixture.database.query(
      'INSERT INTO artifacts (id, account_id, filename, size_bytes, sha256) VALUES ($1, $2, $3, $4, $5)',
      [id, account, 'f', text.length, sha256(text)],
    );
    const multipart_id = inParts ? await store.beginParts(objectKeys.arrival(account, id)) : null;
    await beginUpload(
      fixture.database,
      { id, account_id: account },
      multipart_id === null ? null : { multipart_id, part_bytes: 3 },
    );
    return id;
  };
  const send = (url: string | undefined, body: string) => fetch(url!, { method: 'PUT', body });
  const finish = (id: string) => completeUploadIfOpen(fixture.database, account, id);
  const faultOf = async (id: string) => (await readUpload(fixture.database, account, id))?.fault;

  test('in one piece and in parts are published once they are verified', async () => {
    const [whole, inParts] = [await announced('whole'), await announced('parts', true)];
    await send((await signed(whole)).urls?.[0], 'whole');
    const { urls } = await signed(inParts, [1, 2]);
    await send(urls?.[1], 'ts');
    await send(urls?.[0], 'par');
    for (const id of [whole, inParts]) {
      await finish(id);
      await request('verify', id);
      expect(await readUpload(fixture.database, account, id)).toMatchObject({ status: 'published' });
    }
    const stored = await store.get(objectKeys.artifact(account, sha256('parts')));
    expect((await buffer(stored!)).toString()).toBe('parts');
    expect((await signed(whole)).urls).toBeNull();
  });

  test.each([
    ['another size', 'annou', 'announced 9 bytes, uploaded 5'],
    ['other bytes', 'ANNOUNCED', 'the uploaded bytes do not have the announced sha256'],
  ])('of %s are refused and removed, and nothing is published', async (_name, sent, fault) => {
    const id = await announced('announced');
    await send((await signed(id)).urls?.[0], sent);
    await finish(id);
    await request('verify', id);
    expect(await faultOf(id)).toBe(fault);
    expect(await fixture.database.query('SELECT FROM artifacts')).toEqual([]);
    expect(await store.head(objectKeys.arrival(account, id))).toBeNull();
    expect(await store.head(objectKeys.artifact(account, sha256('announced')))).toBeNull();
  });

  test('whose verification nobody asked for, or died after the bytes were stored, are verified by the loop', async () => {
    const [asked, died] = [await announced('asked'), await announced('died')];
    await send((await signed(asked)).urls?.[0], 'asked');
    await store.put(objectKeys.artifact(account, sha256('died')), Buffer.from('died'));
    for (const id of [asked, died]) await finish(id);
    const verifier = app.get(VerifyUploads);
    while ((await verifier.runOnce()) > 0);
    for (const id of [asked, died])
      expect(await readUpload(fixture.database, account, id)).toMatchObject({ status: 'published' });
  });

  test('that a store which is away interrupts are verified later', async () => {
    const id = await announced('later');
    await send((await signed(id)).urls?.[0], 'later');
    await finish(id);
    const broken = jest.spyOn(store, 'put').mockRejectedValueOnce(new Error('connection refused'));
    expect(await app.get(VerifyUploads).verify(id)).toBe(false);
    broken.mockRestore();
    expect(await readUpload(fixture.database, account, id)).toMatchObject({ status: 'verifying' });
    await fixture.database.query('UPDATE uploads SET verify_after = now()');
    expect(await app.get(VerifyUploads).verify(id)).toBe(true);
    expect(await readUpload(fixture.database, account, id)).toMatchObject({ status: 'published' });
  });

  test('are swept a day after their last URL, with the parts that arrived', async () => {
    const [old, fresh] = [await announced('old', true), await announced('fresh', true)];
    await send((await signed(old, [1])).urls?.[0], 'old');
    await fixture.database.query(`UPDATE artifacts SET created_at = now() - interval '3 days'`);
    await fixture.database.query(`UPDATE uploads SET signed_until = now() - interval '2 days' WHERE artifact_id = $1`, [
      old,
    ]);
    const multipartOf = async (id: string) => (await readUpload(fixture.database, account, id))?.multipart_id ?? '';
    const multipart = { old: await multipartOf(old), fresh: await multipartOf(fresh) };
    await new SweepLeftovers(fixture.database, store).runOnce();
    expect(await store.listParts(objectKeys.arrival(account, old), multipart.old)).toBeNull();
    expect(await store.listParts(objectKeys.arrival(account, fresh), multipart.fresh)).toEqual([]);
    expect(await fixture.database.query('SELECT id FROM artifacts')).toEqual([{ id: fresh }]);
  });
});

test('a store or a database that is away is answered, not left to time out', async () => {
  const broken = jest.spyOn(store, 'presignGet').mockRejectedValue(new Error('connection refused'));
  expect((await ask({ kind: 'spec', job_id: job })).error?.code).toBe('storage_unavailable');
  broken.mockRestore();
  await fixture.database.query('ALTER TABLE tasks RENAME TO tasks_away');
  expect((await ask({ kind: 'spec', job_id: job })).error?.code).toBe('storage_unavailable');
  await fixture.database.query('ALTER TABLE tasks_away RENAME TO tasks');
});
