import { describe, expect, test } from '@jest/globals';
import { forgetInFlight, processNamed, waitUntil } from '@computalot/testing';
import type { JobObject } from '@computalot/contracts';
import { newMarker, processesMarked } from '../stage/marked-processes.js';
import { RUNNERS, type Stage } from '../stage/stage.js';

const working = (job: JobObject): boolean => job.task_counts.running >= 2;

export function faults(stage: () => Stage): void {
  describe('kill -9', () => {
    test('of what runs the tasks, in the middle of them: the job still ends completely', async () => {
      const { user, platform } = stage();
      const marker = newMarker();
      const { id } = await user.submit({
        project: RUNNERS,
        runner_command: ['sh', 'work.sh', '3', marker],
        fan_out: { chunks: 8, range_field: 'n', total: 8 },
        retry: { max_attempts: 1 },
      });
      await user.until(id, 'several tasks running', working);
      const victim = platform.shape === 'standalone' ? 'standalone' : 'worker-1';
      await processNamed(platform, victim).kill();
      if (platform.shape === 'standalone') await platform.restart(victim);
      const job = await user.end(id, 120);
      // A loss of a worker never uses up an attempt of the user's, so one allowed attempt is enough.
      expect(job).toMatchObject({ status: 'completed', task_counts: { total: 8, completed: 8, failed: 0 } });
      const { tasks } = await user.results(id);
      expect(tasks.map(({ result }) => result)).toEqual(tasks.map((_, index) => ({ index })));
      expect(Math.max(...tasks.map(({ attempt }) => attempt))).toBeGreaterThan(1);
      await waitUntil('the end of what the dead worker had started', () => processesMarked(marker).length === 0);
      if (platform.shape === 'distributed') await platform.restart(victim);
    }, 180_000);

    test('of everything after the answer 201: the job is still there and runs', async () => {
      const { user, platform } = stage();
      const { id } = await user.submit({ project: RUNNERS, runner_command: ['/bin/true'] });
      const victims = platform.shape === 'standalone' ? ['standalone'] : ['api-gateway', 'planner', 'scheduler'];
      await Promise.all(victims.map((name) => processNamed(platform, name).kill()));
      await Promise.all(victims.map((name) => platform.restart(name)));
      expect((await user.end(id, 90)).status).toBe('completed');
    }, 150_000);
  });
}

/** Only where there is a broker and a Redis to take from. */
export function lostMessages(stage: () => Stage): void {
  test('purging every queue and flushing Redis in the middle of a run changes no result', async () => {
    const { user, operator, platform } = stage();
    const total = 3_000;
    const { id } = await user.submit({
      project: RUNNERS,
      runner_command: ['/bin/true'],
      fan_out: { chunks: total, range_field: 'n', total },
    });
    for (const part of [0.1, 0.4, 0.7]) {
      await user.until(id, `${part * 100} % done`, ({ task_counts }) => task_counts.completed >= total * part, 120);
      const workerIds = (await operator.workers()).map((worker) => worker.id);
      await forgetInFlight(platform, { workerIds, jobIds: [id] });
    }
    const job = await user.end(id, 180);
    expect(job).toMatchObject({ status: 'completed', task_counts: { total, completed: total, failed: 0 } });
    const { tasks } = await user.results(id);
    expect(tasks.map(({ index }) => index)).toEqual(Array.from({ length: total }, (_, index) => index));
  }, 300_000);
}

/** Only where another worker can go on. */
export function lostWorkers(stage: () => Stage): void {
  test('the worker of a long task dies: another goes on from the checkpoint, at most 30 s back', async () => {
    const { user, operator, platform } = stage();
    const runner_command = ['sh', 'count.sh', '60'];
    const { id } = await user.submit({ project: RUNNERS, runner_command, retry: { max_attempts: 1 } });
    const task = async () => (await user.tasks(id))[0];
    const saved = await waitUntil(
      'a checkpoint',
      async () => {
        const now = await task();
        return now?.checkpoint ? now : null;
      },
      { timeout_s: 60, every_ms: 200 },
    );
    expect(saved.checkpoint?.size_bytes).toBeGreaterThan(0);
    const holder = (await operator.workers()).find(({ tasks_held }) => tasks_held > 0)?.name ?? '';
    await processNamed(platform, holder).kill();
    const reached = (saved.latest_progress as { n: number }).n;
    expect((await user.end(id, 150)).status).toBe('completed');
    const [last] = (await user.results(id)).tasks;
    expect(last).toMatchObject({ attempt: 2, result: { n: 60 } });
    const { from } = last?.result as { from: number };
    expect(from).toBeGreaterThan(0);
    expect(reached - from).toBeLessThanOrEqual(30);
    await platform.restart(holder);
  }, 240_000);
}
