import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { newUuid } from '@computalot/kernel';
import { createTestDatabase, type TestDatabase } from '@computalot/testing';
import { insertArtifactIfUnpublished } from '../granting/index.js';
import { announceUpload, deleteArtifact, publishArtifactIfAnnounced } from '../keeping-artifacts/index.js';
import { loadSql } from '../load-sql.js';
import { keepCheckpoints } from '../scheduling/index.js';
import { reopenJobIfTasksFailed } from './retry-job.store.js';
import {
  claimOrphanedContents,
  discardCheckpointsOfEndedJobs,
  forgetDiscardedCheckpoints,
  forgetOrphanedContents,
  listDiscardedCheckpoints,
  sweepUnpublishedArtifacts,
} from './sweep.store.js';

let fixture: TestDatabase;
const account = newUuid();
const sha = (letter: string) => letter.repeat(64);

beforeAll(async () => {
  fixture = await createTestDatabase();
  await fixture.database.query('INSERT INTO accounts (id, name) VALUES ($1, $2)', [account, account]);
});
afterAll(() => fixture.drop());
beforeEach(() =>
  fixture.database.query('TRUNCATE jobs, tasks, artifacts, orphaned_contents, discarded_checkpoints CASCADE'),
);

const db = () => fixture.database;
const rows = <R extends object>(sql: string, params: unknown[] = []) => db().query<R>(sql, params);
const orphan = (letter: string) =>
  rows('INSERT INTO orphaned_contents (account_id, sha256) VALUES ($1, $2)', [account, sha(letter)]);
const announce = (letter: string, at = db() as Parameters<typeof insertArtifactIfUnpublished>[0]) =>
  insertArtifactIfUnpublished(at, {
    id: newUuid(),
    account_id: account,
    job_id: newUuid(),
    index: 0,
    attempt: 1,
    filename: 'f',
    size_bytes: 1,
    sha256: sha(letter),
  });
const claim = () => db().transaction((tx) => claimOrphanedContents(tx, 10, 900));

describe('orphaned contents', () => {
  test('stay when an artifact has them, published or not; the others are to be removed, by one remover', async () => {
    for (const letter of ['a', 'b', 'c']) await orphan(letter);
    await announce('b');
    const claims = await Promise.all([claim(), claim()]);
    const orphaned = claims.flatMap((one) => one.orphaned).map(({ sha256 }) => sha256);
    expect(orphaned.sort()).toEqual([sha('a'), sha('c')]);
    expect(await rows('SELECT sha256 FROM orphaned_contents ORDER BY 1')).toEqual([
      { sha256: sha('a') },
      { sha256: sha('c') },
    ]);
  });

  test('cannot be announced while their bytes go, and can when these are gone', async () => {
    await orphan('a');
    const { orphaned } = await claim();
    expect(await announce('a')).toEqual({ kind: 'being_removed' });
    expect((await announce('b')).kind).toBe('announced');
    await forgetOrphanedContents(db(), orphaned);
    expect((await announce('a')).kind).toBe('announced');
  });

  test('that are being announced this moment are waited for, and stay', async () => {
    await orphan('a');
    let claimed: ReturnType<typeof claim> | undefined;
    await db().transaction(async (tx) => {
      expect((await announce('a', tx)).kind).toBe('announced');
      claimed = claim();
      // The claim holds the row of the content by now, and waits for this transaction.
      for (;;) {
        const [lock] = await rows(`SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`);
        if (lock) break;
      }
    });
    expect(await claimed).toEqual({ seen: 1, orphaned: [] });
    expect(await rows('SELECT FROM orphaned_contents')).toEqual([]);
  });

  test('are not forgotten when the artifact that saves them goes the moment they are looked at: its deletion waits', async () => {
    const id = newUuid();
    const kept = { id, account_id: account, filename: 'f', size_bytes: 1, sha256: sha('a') };
    await announceUpload(db(), kept);
    await publishArtifactIfAnnounced(db(), { ...kept, job_id: null });
    await orphan('a');
    let isDeleted = false;
    let deletion: Promise<void> | undefined;
    await db().transaction(async (tx) => {
      expect(await tx.query(loadSql('lock-orphaned-contents'), [10, 900])).toHaveLength(1);
      deletion = deleteArtifact(db(), account, id).then((gone) => void (isDeleted = gone));
      // The deletion is over, or waits for this transaction.
      for (;;) {
        const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
        if (isDeleted || (await rows(waiting)).length > 0) break;
      }
      expect(isDeleted).toBe(false);
      expect(await claimOrphanedContents(tx, 10, 900)).toEqual({ seen: 1, orphaned: [] });
    });
    await deletion;
    expect(isDeleted).toBe(true);
    expect(await rows('SELECT sha256 FROM orphaned_contents')).toEqual([{ sha256: sha('a') }]);
  });

  test('whose removal died are taken again after a while', async () => {
    await orphan('a');
    await claim();
    expect((await claim()).seen).toBe(0);
    await rows(`UPDATE orphaned_contents SET removing_since = now() - interval '1 hour'`);
    expect((await claim()).orphaned).toHaveLength(1);
  });
});

test('artifacts whose bytes never came are swept when they are old, and orphan their content', async () => {
  await announce('a');
  await announce('b');
  await announce('c');
  await rows(`UPDATE artifacts SET created_at = now() - interval '2 days' WHERE sha256 <> $1`, [sha('b')]);
  await rows('UPDATE artifacts SET published_at = now() WHERE sha256 = $1', [sha('c')]);
  expect(await sweepUnpublishedArtifacts(db(), 86_400, 10)).toBe(1);
  expect(await rows('SELECT sha256 FROM orphaned_contents')).toEqual([{ sha256: sha('a') }]);
  expect(await rows('SELECT FROM artifacts')).toHaveLength(2);
});

describe('checkpoints', () => {
  /** Task 0 failed at attempt 2 after a checkpoint of attempt 1, task 1 completed without any. */
  async function endedJob(): Promise<string> {
    const id = newUuid();
    await rows(
      `INSERT INTO jobs (id, account_id, type, status, task_total, planned, failed, completed, finished_at)
       VALUES ($1, $2, 'structured_runner', 'partial', 2, 2, 1, 1, now() - interval '2 days')`,
      [id, account],
    );
    await rows(
      `INSERT INTO tasks (job_id, index, state, attempt, finished_at, checkpoint_attempt)
       VALUES ($1, 0, 'failed', 2, now(), 1), ($1, 1, 'completed', 1, now(), NULL)`,
      [id],
    );
    return id;
  }

  test('of an earlier attempt are discarded when a later one saves its own, and only then', async () => {
    const id = await endedJob();
    const saved = { job_id: id, index: 0, saved_at: 1_000, size_bytes: 5 };
    await keepCheckpoints(db(), [{ ...saved, attempt: 1 }]);
    expect(await listDiscardedCheckpoints(db(), 10)).toEqual([]);
    await keepCheckpoints(db(), [{ ...saved, attempt: 2 }]);
    await keepCheckpoints(db(), [{ ...saved, attempt: 2 }]);
    expect(await listDiscardedCheckpoints(db(), 10)).toEqual([{ job_id: id, index: 0, attempt: 1 }]);
    expect(await rows('SELECT checkpoint_attempt AS attempt FROM tasks WHERE index = 0')).toEqual([{ attempt: 2 }]);
    await forgetDiscardedCheckpoints(db(), await listDiscardedCheckpoints(db(), 10));
    expect(await listDiscardedCheckpoints(db(), 10)).toEqual([]);
  });

  test('of jobs that ended long ago are discarded, those of open ones and of newer ends are not', async () => {
    const [old, opened, fresh] = [await endedJob(), await endedJob(), await endedJob()];
    await db().transaction((tx) => reopenJobIfTasksFailed(tx, account, opened));
    await rows('UPDATE jobs SET finished_at = now() WHERE id = $1', [fresh]);
    expect(await discardCheckpointsOfEndedJobs(db(), 86_400, 10)).toBe(1);
    expect(await listDiscardedCheckpoints(db(), 10)).toEqual([{ job_id: old, index: 0, attempt: 1 }]);
    expect(await discardCheckpointsOfEndedJobs(db(), 86_400, 10)).toBe(0);
    const kept = await rows<{ job_id: string }>('SELECT job_id FROM tasks WHERE checkpoint_attempt IS NOT NULL');
    expect(kept.map(({ job_id }) => job_id).sort()).toEqual([opened, fresh].sort());
  });
});
