import { describe, expect, test } from '@jest/globals';
import { waitUntil } from '@computalot/testing';
import { newMarker, processesMarked } from '../stage/marked-processes.js';
import { RUNNERS, type Stage } from '../stage/stage.js';

export function stopping(stage: () => Stage): void {
  describe('cancelling', () => {
    test('is confirmed only when no process is alive, however stubborn, and queued tasks end with it', async () => {
      const { user } = stage();
      const marker = newMarker();
      const { id } = await user.submit({
        project: RUNNERS,
        runner_command: ['python3', 'hang.py', marker],
        fan_out: { chunks: 50, range_field: 'n', total: 50 },
      });
      // It says so once it ignores SIGTERM and its grandchildren are there.
      await waitUntil('a stubborn runner', async () =>
        (await user.tasks(id)).some(({ live_feedback }) => live_feedback?.output_tail.includes('hanging')),
      );
      expect(processesMarked(marker).length).toBeGreaterThanOrEqual(3);
      await user.client.cancelJob(id);
      const job = await user.end(id);
      expect(processesMarked(marker)).toEqual([]);
      expect(job).toMatchObject({
        status: 'cancelled',
        task_counts: { total: 50, cancelled: 50, queued: 0, running: 0 },
      });
      // Idempotent: the same call again changes nothing.
      await user.client.cancelJob(id);
      expect((await user.client.getJob(id)).finished_at).toBe(job.finished_at);
    });
  });

  describe('a requirement that nobody offers', () => {
    test('keeps the job queued and says why', async () => {
      const { user } = stage();
      const { id } = await user.submit({ project: RUNNERS, runner_command: ['/bin/true'], requirements: { gpu: 64 } });
      const job = await user.until(
        id,
        'a reason',
        ({ pending_reason }) => pending_reason?.code === 'no_worker_satisfies',
      );
      expect(job.status).toBe('queued');
      expect(job.pending_reason?.detail).toMatch(/gpu/);
      await user.client.cancelJob(id);
      expect((await user.end(id)).status).toBe('cancelled');
    });
  });

  describe('a limit of the job’s own', () => {
    test('max_parallel and the delay before a retry are named while they hold tasks back', async () => {
      const { user } = stage();
      const says = (id: string, code: string) =>
        user.until(id, code, ({ pending_reason }) => pending_reason?.code === code);
      const limited = await user.submit({
        project: RUNNERS,
        runner_command: ['sh', 'work.sh', '60'],
        max_parallel: 1,
        fan_out: { chunks: 2, range_field: 'n', total: 2 },
      });
      expect((await says(limited.id, 'max_parallel')).pending_reason?.detail).toMatch(/^1 task waits/);
      await user.client.cancelJob(limited.id);
      const retried = await user.submit({
        project: RUNNERS,
        runner_command: ['/bin/false'],
        retry: { max_attempts: 2, backoff_s: 300 },
      });
      const { pending_reason } = await says(retried.id, 'retry_backoff');
      const [task] = await user.tasks(retried.id);
      expect(task).toMatchObject({ status: 'retrying', last_failed_attempt: { attempt: 1, exit_code: 1 } });
      expect(pending_reason?.detail).toContain(task?.available_at ?? 'no time');
      await user.client.cancelJob(retried.id);
      for (const { id } of [limited, retried]) expect((await user.end(id)).status).toBe('cancelled');
    });
  });
}
