import { expect, jest, test } from '@jest/globals';
import type { TaskReport } from '@computalot/contracts';
import type { Publisher } from '@computalot/messaging';
import { Attempt, type HeldJob } from '../run-attempts/attempt.js';
import type { HeldAttempts } from '../run-attempts/held-attempts.js';
import type { WorkerSettings } from '../worker-options.js';
import { ReportAttempts } from './report-attempts.service.js';

const job = { id: 'job' } as HeldJob;
const attemptOf = (index: number, startedAt: number): Attempt =>
  Object.assign(new Attempt(job, index, 1, index, 0), { startedAt });
const completed = (index: number): TaskReport => ({ job_id: 'job', index, attempt: 1, kind: 'completed' });

function setUp() {
  const messages: string[][] = [];
  const dropped: number[] = [];
  const confirms: PromiseWithResolvers<void>[] = [];
  const publish = async (_message: unknown, { reports }: { reports: TaskReport[] }): Promise<void> => {
    messages.push(reports.map(({ kind, index }) => `${kind} ${index}`));
    const confirm = Promise.withResolvers<void>();
    confirms.push(confirm);
    await confirm.promise;
  };
  const held = { drop: ({ index }: Attempt) => void dropped.push(index) };
  const settings = { workerId: 'w', incarnation: 'i' };
  const reports = new ReportAttempts(
    { publish } as unknown as Publisher,
    settings as WorkerSettings,
    held as unknown as HeldAttempts,
  );
  return { reports, messages, dropped, confirms };
}

/** What is due at once; less than the spacing of two messages. */
const settle = (): Promise<void> => jest.advanceTimersByTimeAsync(2);
/** Longer than the spacing of two messages and the delay of a start. */
const pause = (): Promise<void> => jest.advanceTimersByTimeAsync(40);

test('the first report leaves at once, what comes meanwhile travels together, and nothing is let go before its confirm', async () => {
  jest.useFakeTimers();
  const { reports, messages, dropped, confirms } = setUp();
  for (const index of [0, 1]) reports.ended(attemptOf(index, 0), completed(index));
  await settle();
  for (const index of [2, 3, 4]) reports.ended(attemptOf(index, 0), completed(index));
  await settle();
  expect(messages).toEqual([['completed 0', 'completed 1']]);
  expect(dropped).toEqual([]);
  confirms[0]?.resolve();
  await pause();
  expect(messages.slice(1)).toEqual([['completed 2', 'completed 3', 'completed 4']]);
  expect(dropped).toEqual([0, 1]);
  jest.useRealTimers();
});

test('a broker that refuses is asked again with the same reports', async () => {
  jest.useFakeTimers();
  const { reports, messages, dropped, confirms } = setUp();
  reports.ended(attemptOf(0, 0), completed(0));
  await settle();
  confirms[0]?.reject(new Error('no route'));
  await jest.advanceTimersByTimeAsync(200);
  expect(messages).toEqual([['completed 0'], ['completed 0']]);
  expect(dropped).toEqual([]);
  confirms[1]?.resolve();
  await settle();
  expect(dropped).toEqual([0]);
  jest.useRealTimers();
});

test('a start is told only of what still runs a little later, and not twice', async () => {
  jest.useFakeTimers();
  const { reports, messages, confirms } = setUp();
  const [short, long] = [attemptOf(0, Date.now()), attemptOf(1, Date.now())];
  reports.started(short);
  reports.started(long);
  reports.ended(short, completed(0));
  await settle();
  expect(messages).toEqual([['completed 0']]);
  confirms[0]?.resolve();
  await pause();
  expect(messages.slice(1)).toEqual([['started 1']]);
  confirms[1]?.resolve();
  reports.ended(long, completed(1));
  await pause();
  expect(messages.slice(2)).toEqual([['completed 1']]);
  jest.useRealTimers();
});
