import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createTestDatabase, WaitingJobs, type TestDatabase } from '@computalot/testing';
import { beginPlanningIfNew, failPlanningIfNew, listJobsToPlan, readJobToPlan } from '../planning/index.js';
import {
  failWaitingJobsIfOpen,
  listAwaitedJobs,
  listDoomedJobs,
  listEndedDependencies,
  listKnownJobs,
  readFailedDependencies,
  readWaitedFor,
  settleDependencies,
} from './dependencies.store.js';

let fixture: TestDatabase;
let jobs: WaitingJobs;
beforeAll(async () => {
  fixture = await createTestDatabase();
});
afterAll(() => fixture.drop());
beforeEach(async () => {
  await fixture.database.query('TRUNCATE accounts CASCADE');
  jobs = await WaitingJobs.create(fixture.database);
});

const db = () => fixture.database;
const settle = (on: string[], of: string[] = []) => settleDependencies(db(), { on, of });
const doomed = (on: string[], of: string[] = [], limit = 100) => listDoomedJobs(db(), { on, of }, limit);

describe('a dependency that ended', () => {
  const ends = ['completed', 'partial', 'failed', 'cancelled'] as const;
  const accepted = {
    completed: ['completed'],
    partial: ['completed', 'partial'],
    terminal: ['completed', 'partial', 'failed', 'cancelled'],
  } as const;
  const cases = (['completed', 'partial', 'terminal'] as const).flatMap((condition) =>
    ends.map((end) => [condition, end, (accepted[condition] as readonly string[]).includes(end)] as const),
  );

  test.each(cases)('with condition %s and end %s: met is %s', async (condition, end, met) => {
    const dependency = await jobs.add(end);
    const dependant = await jobs.add('queued', [[dependency, condition]]);
    expect(await doomed([dependency])).toEqual(met ? [] : [dependant]);
    expect(await doomed([], [dependant])).toEqual(met ? [] : [dependant]);
    expect(await settle([dependency])).toEqual(met ? [dependant] : []);
    expect(await jobs.look(dependant)).toMatchObject({ unmet: met ? 0 : 1, states: [met ? 'met' : 'waiting'] });
  });

  test.each(['planning', 'queued', 'running'] as const)('and one that is %s decides nothing', async (status) => {
    const dependency = await jobs.add(status);
    const dependant = await jobs.add('queued', [[dependency, 'terminal']]);
    expect(await settle([dependency], [dependant])).toEqual([]);
    expect(await doomed([dependency], [dependant])).toEqual([]);
  });

  test('and was deleted since: whoever asked for any end has it, the others never will', async () => {
    const dependency = await jobs.add('completed');
    const any = await jobs.add('queued', [[dependency, 'terminal']]);
    const good = await jobs.add('queued', [dependency]);
    await db().query('DELETE FROM jobs WHERE id = $1', [dependency]);
    expect(await settle([dependency])).toEqual([any]);
    expect(await doomed([], [good])).toEqual([good]);
    expect(await readFailedDependencies(db(), [good])).toEqual([
      { job_id: good, depends_on: dependency, ended: 'deleted', chain: null },
    ]);
    expect(await readWaitedFor(db(), good, 3)).toEqual({
      total: 1,
      unmet: 1,
      first: [{ id: dependency, status: null }],
    });
  });

  test('before anybody knew of the dependant is found by the dependant', async () => {
    const dependency = await jobs.add('running');
    await jobs.end(dependency, 'completed');
    expect(await settle([dependency])).toEqual([]);
    const dependant = await jobs.add('queued', [dependency]);
    expect(await settle([], [dependant])).toEqual([dependant]);
  });

  test('counts once, however many planners hear of it how often', async () => {
    const [first, second] = [await jobs.add('completed'), await jobs.add('running')];
    const dependant = await jobs.add('queued', [first, second]);
    await Promise.all(Array.from({ length: 6 }, (_, n) => (n % 2 ? settle([first]) : settle([], [dependant]))));
    expect(await jobs.look(dependant)).toMatchObject({ unmet: 1, states: ['met', 'waiting'] });
    await jobs.end(second, 'completed');
    const freed = await Promise.all(Array.from({ length: 6 }, () => settle([first, second])));
    expect(freed.flat()).toEqual([dependant]);
    expect(await jobs.look(dependant)).toMatchObject({ unmet: 0, states: ['met', 'met'] });
  });

  test('a fan-in whose parts end at the same time is freed once and counted to the last', async () => {
    const parts = await jobs.addMany(Array.from({ length: 120 }, () => ({ status: 'completed' as const })));
    const dependants = await jobs.addMany([1, 2, 3].map(() => ({ status: 'queued' as const, dependencies: parts })));
    const slices = Array.from({ length: 8 }, (_, n) => parts.filter((_, at) => at % 8 === n));
    const freed = await Promise.all(slices.map((slice) => settle(slice)));
    expect(freed.flat().toSorted()).toEqual(dependants.toSorted());
    expect((await jobs.look(dependants[0] ?? '')).unmet).toBe(0);
  });

  test('frees nobody who has ended meanwhile, and leaves no row waiting', async () => {
    const [good, bad] = [await jobs.add('completed'), await jobs.add('failed')];
    const dependant = await jobs.add('cancelled', [good, bad]);
    expect(await settle([good, bad])).toEqual([]);
    expect(await doomed([good, bad])).toEqual([]);
    expect((await jobs.look(dependant)).states).toEqual(['met', 'failed']);
    expect(await listAwaitedJobs(db(), [good, bad])).toEqual([]);
  });
});

describe('doomed jobs', () => {
  test('are found through a diamond once, any number of levels deep, and not past the condition terminal', async () => {
    const head = await jobs.add('failed');
    const [left, right] = [await jobs.add('queued', [head]), await jobs.add('queued', [[head, 'partial']])];
    const bottom = await jobs.add('queued', [left, right]);
    const [last] = (await jobs.addChain(bottom, 50)).slice(-1);
    const cleaner = await jobs.add('queued', [[bottom, 'terminal']]);
    await jobs.add('queued', [cleaner]);
    const found = await doomed([head]);
    expect(found).toHaveLength(53);
    expect(found.slice(0, 2).toSorted()).toEqual([left, right].toSorted());
    expect(found.at(-1)).toBe(last);
    expect(await doomed([head], [], 3)).toEqual(found.slice(0, 3));
  });

  test('each have one cause: one that ended before one that is doomed', async () => {
    const head = await jobs.add('cancelled');
    const middle = await jobs.add('queued', [head]);
    const both = await jobs.add('queued', [middle, head]);
    const last = await jobs.add('queued', [both]);
    const causes = await readFailedDependencies(db(), [middle, both, last]);
    expect(new Map(causes.map(({ job_id, depends_on, ended }) => [job_id, [depends_on, ended]]))).toEqual(
      new Map([
        [middle, [head, 'cancelled']],
        [both, [head, 'cancelled']],
        [last, [both, null]],
      ]),
    );
  });

  test('end with their errors, unless they wait no more', async () => {
    const head = await jobs.add('failed');
    const waiting = await jobs.add('queued', [head]);
    const [cancelled, free] = [await jobs.add('cancelled', [head]), await jobs.add('planning')];
    const wanted = [waiting, cancelled, free].map((id) => ({ id, error: { code: 'dependency_failed', message: id } }));
    const ended = await Promise.all([1, 2, 3].map(() => failWaitingJobsIfOpen(db(), wanted)));
    expect(ended.flat().map(({ id }) => id)).toEqual([waiting]);
    expect(await jobs.look(waiting)).toMatchObject({ status: 'failed', error: { message: waiting } });
    expect(await jobs.look(free)).toMatchObject({ status: 'planning', error: null });
  });
});

describe('a job that waits', () => {
  test('is neither read nor listed for planning, and planning neither begins nor fails', async () => {
    const dependency = await jobs.add('completed');
    const dependant = await jobs.add('queued', [dependency]);
    await db().query(`INSERT INTO job_submissions (job_id, submission) VALUES ($1, '{}')`, [dependant]);
    const ready = async () => [
      (await readJobToPlan(db(), dependant)) !== null,
      (await listJobsToPlan(db(), 0)).includes(dependant),
    ];
    expect(await ready()).toEqual([false, false]);
    expect(await beginPlanningIfNew(db(), dependant, 1, {})).toBe(false);
    expect(await failPlanningIfNew(db(), dependant, {})).toBe(false);
    await settle([dependency]);
    expect(await ready()).toEqual([true, true]);
    expect(await beginPlanningIfNew(db(), dependant, 1, {})).toBe(true);
    expect(await ready()).toEqual([false, true]);
  });

  test('tells how many it waits for and the first of them', async () => {
    const dependencies = await jobs.addMany(
      (['completed', 'running', 'queued', 'failed', 'running'] as const).map((status) => ({ status })),
    );
    const dependant = await jobs.add('queued', dependencies);
    await settle(dependencies);
    expect(await readWaitedFor(db(), dependant, 2)).toEqual({
      total: 5,
      unmet: 4,
      first: [
        { id: dependencies[1], status: 'running' },
        { id: dependencies[2], status: 'queued' },
      ],
    });
  });
});

test('the backstop goes through what is waited for in pages of rows, and tells what ended long enough ago', async () => {
  const dependencies = (
    await jobs.addMany((['completed', 'running', 'failed', 'completed'] as const).map((status) => ({ status })))
  ).toSorted();
  await jobs.addMany([1, 2, 3].map(() => ({ status: 'queued' as const, dependencies })));
  const ended = new Set([dependencies[0], dependencies[2], dependencies[3]]);
  const found: string[] = [];
  let after: string | null = null;
  for (;;) {
    const page: { id: string; ended: boolean }[] = await listEndedDependencies(db(), after, 0, 4);
    if (page.length === 0) break;
    expect(page.every((row) => row.ended === ended.has(row.id))).toBe(true);
    found.push(...page.map(({ id }) => id));
    after = page.at(-1)?.id ?? null;
  }
  expect(found).toEqual(dependencies);
  expect((await listEndedDependencies(db(), null, 60, 100)).some((row) => row.ended)).toBe(false);
});

test('an account knows its own jobs only', async () => {
  const other = await WaitingJobs.create(db());
  const [mine, foreign] = [await jobs.add('failed'), await other.add('completed')];
  expect(await listKnownJobs(db(), jobs.accountId, [mine, foreign, other.accountId])).toEqual(new Set([mine]));
});
