import { describe, expect, test } from '@jest/globals';
import type { JobSubmission } from '@computalot/contracts';
import { processNamed } from '@computalot/testing';
import { newMarker } from '../stage/marked-processes.js';
import { RUNNERS, type Stage } from '../stage/stage.js';

interface Total {
  readonly n: number;
  readonly read: readonly number[];
  readonly reduce: { readonly stage: number; readonly inputs: number; readonly failed: number };
}

interface Shape {
  readonly maps: number;
  readonly fan_in: number;
  readonly min_success?: number;
  /** Attempts from which map tasks 1 and 2, and reduce tasks, succeed. */
  readonly mapFrom?: number;
  readonly reduceFrom?: number;
  readonly reduce_s?: number;
}

function summing({ maps, fan_in, min_success = 1, mapFrom = 1, reduceFrom = 1, reduce_s = 0 }: Shape): JobSubmission {
  const reduce = ['python3', 'total.py', String(reduceFrom), String(reduce_s), newMarker()];
  return {
    project: RUNNERS,
    type: 'map_reduce',
    runner_command: ['sh', 'index.sh', String(mapFrom)],
    payload: { name: 'sum' },
    fan_out: { chunks: maps, range_field: 'size', total: maps },
    reduce: { runner_command: reduce, fan_in },
    min_success,
    retry: { max_attempts: 1 },
  };
}

const sumBelow = (n: number): number => (n * (n - 1)) / 2;

export function mapReduce(stage: () => Stage): void {
  describe('a map_reduce by a runner', () => {
    test('reduces as a tree; every result is read once, and the last one is the result of all', async () => {
      const { user } = stage();
      const job = await user.run(summing({ maps: 50, fan_in: 7 }));
      expect(job).toMatchObject({ status: 'completed', task_counts: { total: 61, completed: 61 }, error: null });
      expect(job.aggregate_result).toEqual({
        n: sumBelow(50),
        read: [58, 59],
        reduce: { stage: 3, inputs: 2, failed: 0 },
      });
      const { tasks, completeness, aggregate_result } = await user.results(job.id);
      expect(completeness).toMatchObject({ total: 61, completed: 61, fraction: 1 });
      expect(aggregate_result).toEqual(job.aggregate_result);
      const read = tasks.slice(50).flatMap(({ result }) => (result as Total).read);
      expect(read).toEqual(Array.from({ length: 60 }, (_, index) => index));
      const shown = await user.tasks(job.id);
      expect(shown[50]?.payload).toEqual({ name: 'sum', _reduce: { stage: 1, inputs: 7, failed: 0 } });
      expect(shown[49]?.payload).toMatchObject({ name: 'sum', size: 1, _fan_out: { index: 49, total: 50 } });
    });

    test('that tolerates failures reduces the rest; a retry of what failed reduces anew', async () => {
      const { user } = stage();
      const first = await user.run(summing({ maps: 10, fan_in: 4, min_success: 0.8, mapFrom: 2 }));
      expect(first).toMatchObject({ status: 'partial', task_counts: { total: 13, completed: 11, failed: 2 } });
      expect(first.aggregate_result).toMatchObject({ n: sumBelow(10) - 3, reduce: { stage: 2, failed: 2 } });
      await user.client.retryJob(first.id);
      const second = await user.end(first.id);
      expect(second).toMatchObject({
        status: 'completed',
        run: 2,
        task_counts: { total: 14, completed: 14, failed: 0 },
      });
      expect(second.aggregate_result).toMatchObject({ n: sumBelow(10), reduce: { stage: 2, failed: 0 } });
    });

    test('with a map that was computed before reduces it all the same', async () => {
      const { user } = stage();
      const submission = { ...summing({ maps: 9, fan_in: 3 }), cache: true };
      const [first, second] = [await user.run(submission), await user.run(submission)];
      expect(second).toMatchObject({ status: 'completed', task_counts: { total: 13, completed: 13 } });
      expect(second.aggregate_result).toEqual(first.aggregate_result);
      const { tasks } = await user.results(second.id);
      expect(tasks.map(({ cached_from }) => cached_from !== null)).toEqual(tasks.map((_, index) => index < 9));
    });

    test('of which too little completes is not reduced and fails', async () => {
      const { user } = stage();
      const job = await user.run(summing({ maps: 10, fan_in: 4, min_success: 0.9, mapFrom: 2 }));
      expect(job).toMatchObject({
        status: 'failed',
        task_counts: { total: 10, completed: 8, failed: 2 },
        error: { code: 'min_success_not_met' },
        aggregate_result: null,
      });
    });

    test('fails by the name of the reduce task that failed; a retry runs the reduce alone', async () => {
      const { user } = stage();
      const first = await user.run(summing({ maps: 3, fan_in: 3, reduceFrom: 2 }));
      expect(first).toMatchObject({ status: 'failed', task_counts: { total: 4, completed: 3, failed: 1 } });
      expect(first.error).toMatchObject({
        code: 'reduce_failed',
        message: expect.stringContaining(`${first.id}.3 failed`),
      });
      await user.client.retryJob(first.id);
      const second = await user.end(first.id);
      expect(second).toMatchObject({ status: 'completed', task_counts: { total: 4, completed: 4 } });
      expect(second.aggregate_result).toMatchObject({ n: 3, read: [0, 1, 2] });
      expect((await user.tasks(first.id)).map(({ attempt }) => attempt)).toEqual([1, 1, 1, 2]);
    });

    test('is cancelled in the middle of its reduce', async () => {
      const { user } = stage();
      const { id } = await user.submit(summing({ maps: 2, fan_in: 2, reduce_s: 60 }));
      const reducing = await user.until(
        id,
        'its reduce task runs',
        ({ task_counts }) => task_counts.total === 3 && task_counts.running === 1,
      );
      expect(reducing.progress.fraction).toBeCloseTo(2 / 3);
      await user.client.cancelJob(id);
      expect(await user.end(id)).toMatchObject({ status: 'cancelled', task_counts: { completed: 2, cancelled: 1 } });
    });

    test('survives kill -9 of what runs its reduce', async () => {
      const { user, platform } = stage();
      const { id } = await user.submit(summing({ maps: 8, fan_in: 2, reduce_s: 2 }));
      await user.until(id, 'reduce tasks run', ({ task_counts: { total, running } }) => total > 8 && running > 0);
      const victim = platform.shape === 'standalone' ? 'standalone' : 'worker-1';
      await processNamed(platform, victim).kill();
      await platform.restart(victim);
      const job = await user.end(id, 120);
      expect(job).toMatchObject({ status: 'completed', task_counts: { total: 15, completed: 15, failed: 0 } });
      expect(job.aggregate_result).toMatchObject({ n: sumBelow(8), reduce: { stage: 3, inputs: 2 } });
    }, 180_000);
  });
}
