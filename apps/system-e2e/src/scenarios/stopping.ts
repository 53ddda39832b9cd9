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
}
