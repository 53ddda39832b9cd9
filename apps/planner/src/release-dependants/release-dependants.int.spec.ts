import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { LiveEntry, OutgoingEvent } from '@computalot/contracts';
import type { DependenciesNamed } from '@computalot/database';
import { decodeId, encodeId } from '@computalot/kernel';
import { createTestDatabase, WaitingJobs, type TestDatabase } from '@computalot/testing';
import { FailDependants } from './fail-dependants.service.js';
import { ReleaseDependantsLoop } from './release-dependants.loop.js';
import { ReleaseDependants } from './release-dependants.service.js';

let fixture: TestDatabase;
let jobs: WaitingJobs;
let planned: string[];
let fed: [string, LiveEntry][];
beforeAll(async () => {
  fixture = await createTestDatabase();
});
afterAll(() => fixture.drop());
beforeEach(async () => {
  await fixture.database.query('TRUNCATE accounts, outbox CASCADE');
  jobs = await WaitingJobs.create(fixture.database);
  planned = [];
  fed = [];
});

/** As many of these as there are planners share one database. */
function newPlanner(mostAtOnce?: number): ReleaseDependants {
  const { database } = fixture;
  const feed = { append: (id: string, entries: readonly LiveEntry[]) => void fed.push([id, entries[0] as LiveEntry]) };
  class InParts extends FailDependants {
    override failDoomed(named: DependenciesNamed): Promise<string[]> {
      return super.failDoomed(named, mostAtOnce);
    }
  }
  const publisher = { send: (_: unknown, { job_ids }: { job_ids: string[] }) => void planned.push(...job_ids) };
  return new ReleaseDependants(database, publisher as never, new InParts(database, { wake: () => undefined }, feed));
}

/** Public events of jobs that ended, by job. */
async function endsTold(): Promise<Map<string, OutgoingEvent<{ status: string }>>> {
  const rows = await fixture.database.query<{ body: OutgoingEvent<{ status: string }>[] }>(
    `SELECT body FROM outbox WHERE kind = 'events' ORDER BY id`,
  );
  const events = rows.flatMap(({ body }) => body);
  const byJob = new Map(events.map((event) => [decodeId('job', event.subject) ?? '', event]));
  expect(byJob.size).toBe(events.length);
  return byJob;
}

const publicId = (id: string) => encodeId('job', id);

test('a job is planned when the last of its dependencies holds, once, however often that is told to however many planners', async () => {
  const [first, second] = [await jobs.add('completed'), await jobs.add('running')];
  const dependant = await jobs.add('queued', [first, second]);
  const planners = [newPlanner(), newPlanner()];
  await Promise.all(planners.map((planner) => planner.jobsEnded([first, first])));
  expect(planned).toEqual([]);
  await jobs.end(second, 'completed');
  const released = await Promise.all([...planners, ...planners].map((planner) => planner.jobsEnded([second, first])));
  expect(planned).toEqual([dependant]);
  expect(released.map(({ freed }) => freed).toSorted()).toEqual([0, 0, 0, 1]);
});

test('a dependency that ended before its dependant was accepted is noticed when that one is taken', async () => {
  const [good, bad] = [await jobs.add('completed'), await jobs.add('failed')];
  const planner = newPlanner();
  await planner.jobsEnded([good, bad]);
  const free = await jobs.add('queued', [good, [bad, 'terminal']]);
  const stuck = await jobs.add('queued', [good, bad]);
  expect(await planner.jobsAccepted([free, stuck])).toEqual({ freed: 1, failed: 1 });
  expect(planned).toEqual([free]);
  expect(await jobs.look(stuck)).toMatchObject({ status: 'failed', states: ['met', 'failed'] });
});

test('a failure ends all that can never run, with the chain named, an event and the end of the live feed for each', async () => {
  const head = await jobs.add('failed');
  const [b] = await jobs.addChain(head, 1);
  const c = await jobs.add('queued', [[b ?? '', 'partial']]);
  const cleaner = await jobs.add('queued', [[c, 'terminal']]);
  const apart = await jobs.add('queued', [await jobs.add('running')]);
  expect(await newPlanner().jobsEnded([head])).toEqual({ freed: 1, failed: 2 });
  expect(planned).toEqual([cleaner]);
  expect((await jobs.look(c)).error).toMatchObject({
    code: 'dependency_failed',
    message: `${publicId(c)} was not run: it depends on ${publicId(b ?? '')}, which failed because it depends on ${publicId(head)}, which ended failed.`,
  });
  expect(await jobs.look(b ?? '')).toMatchObject({ status: 'failed', unmet: 1, states: ['failed'] });
  const told = await endsTold();
  expect([...told.keys()].toSorted()).toEqual([b, c].toSorted());
  expect([...told.values()].every(({ data }) => data.status === 'failed')).toBe(true);
  expect(fed.map(([id]) => id).toSorted()).toEqual([b, c].toSorted());
  expect(fed[0]?.[1]).toMatchObject({ kind: 'job', status: 'failed', terminal: true });
  expect((await jobs.look(apart)).status).toBe('queued');
});

test('the chain goes on through a job that failed because of its own dependency earlier', async () => {
  const head = await jobs.add('cancelled');
  const ids = [head, ...(await jobs.addChain(head, 20))];
  const planner = newPlanner();
  await planner.jobsEnded([head]);
  const late = await jobs.add('queued', [ids[20] ?? '']);
  await planner.jobsAccepted([late]);
  const { error } = await jobs.look(late);
  expect(error?.message).toContain(`depends on ${publicId(ids[20] ?? '')}, which failed because`);
  expect(error?.message).toContain(`through 16 more jobs`);
  expect(error?.message).toMatch(new RegExp(`on ${publicId(head)}, which was cancelled\\.$`));
});

test('a long chain fails as a whole in a handful of statements; each of its jobs is told of once, whoever fails it', async () => {
  const head = await jobs.add('failed');
  const chain = await jobs.addChain(head, 600);
  const results = await Promise.all(
    [newPlanner(), newPlanner(), newPlanner()].map((planner) => planner.jobsEnded([head])),
  );
  expect(results.reduce((sum, { failed }) => sum + failed, 0)).toBe(600);
  expect([...(await endsTold()).keys()].toSorted()).toEqual(chain.toSorted());
  expect(await fixture.database.query(`SELECT FROM job_dependencies WHERE state = 'waiting'`)).toEqual([]);
});

test('what is too much for one transaction is failed in parts, to the last job, and cleaners behind each part run', async () => {
  const head = await jobs.add('failed');
  const wide = await jobs.addMany(
    Array.from({ length: 10 }, () => ({ status: 'queued' as const, dependencies: [head] })),
  );
  const bottom = await jobs.add('queued', wide);
  const chain = await jobs.addChain(bottom, 10);
  const cleaners = await jobs.addMany(
    [...wide, ...chain].map((id) => ({ status: 'queued' as const, dependencies: [[id, 'terminal'] as const] })),
  );
  expect(await newPlanner(3).jobsEnded([head])).toEqual({ freed: 20, failed: 21 });
  expect((await endsTold()).size).toBe(21);
  expect(planned.toSorted()).toEqual(cleaners.toSorted());
});

describe('jobs that end otherwise meanwhile', () => {
  test('a cancelled job stays cancelled, and whoever waits for it hears of that', async () => {
    const head = await jobs.add('running');
    const [middle = '', last = ''] = await jobs.addChain(head, 2);
    await jobs.end(middle, 'cancelled');
    await jobs.end(head, 'failed');
    const planner = newPlanner();
    await planner.jobsEnded([head]);
    expect(await jobs.look(middle)).toMatchObject({ status: 'cancelled', error: null });
    expect((await jobs.look(last)).status).toBe('queued');
    await planner.jobsEnded([middle]);
    expect((await jobs.look(last)).error?.message).toContain(`depends on ${publicId(middle)}, which was cancelled.`);
  });
});

describe('the backstop', () => {
  const loop = (planner: ReleaseDependants) => new ReleaseDependantsLoop(fixture.database, planner);

  test('finds dependencies that ended and of which no event came: good, bad and deleted ones', async () => {
    const [good, bad, gone] = [await jobs.add('completed'), await jobs.add('failed'), await jobs.add('completed')];
    const [free, stuck, orphan] = [
      await jobs.add('queued', [good]),
      await jobs.add('queued', [bad]),
      await jobs.add('queued', [gone]),
    ];
    await fixture.database.query('DELETE FROM jobs WHERE id = $1', [gone]);
    await jobs.add('queued', [await jobs.add('running')]);
    const backstop = loop(newPlanner());
    expect(await backstop.runOnce(0)).toBe(3);
    expect(planned).toEqual([free]);
    expect((await jobs.look(stuck)).status).toBe('failed');
    expect((await jobs.look(orphan)).error?.message).toContain(`${publicId(gone)}, which was deleted.`);
    expect(await backstop.runOnce(0)).toBe(0);
  });

  test('leaves to the event what has ended this moment', async () => {
    await jobs.add('queued', [await jobs.add('completed')]);
    expect(await loop(newPlanner()).runOnce()).toBe(0);
    expect(planned).toEqual([]);
  });
});
