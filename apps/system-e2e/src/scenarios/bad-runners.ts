import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { waitUntil } from '@computalot/testing';
import { newMarker, processesMarked } from '../stage/marked-processes.js';
import { floodLine } from '../stage/runners.js';
import { RUNNERS, type Stage } from '../stage/stage.js';

export function badRunners(stage: () => Stage): void {
  describe('runners that misbehave', () => {
    test('one that fails is retried, then failed with its exit code and output', async () => {
      const { user } = stage();
      const retry = { max_attempts: 2, backoff_s: 0.1 };
      const job = await user.run({ project: RUNNERS, runner_command: ['sh', 'fail.sh'], retry });
      expect(job).toMatchObject({ status: 'failed', task_counts: { total: 1, failed: 1 } });
      expect(job.recommended_action).toEqual(expect.any(String));
      const [task] = await user.tasks(job.id);
      expect(task).toMatchObject({ status: 'failed', attempt: 2, exit_code: 7, error: { code: 'exit' } });
      expect(task?.output).toContain('attempt 2 complains');
      expect(task?.output).not.toContain('attempt 1');
      const first = await user.client.output(job.id, { task: 0, attempt: 1, stream: 'stderr' });
      expect(first).toBe('attempt 1 complains\n');
    });

    test('one that fails at first succeeds in its second attempt', async () => {
      const { user } = stage();
      const retry = { max_attempts: 3, backoff_s: 0.1 };
      const job = await user.run({ project: RUNNERS, runner_command: ['sh', 'fail.sh', '2'], retry });
      expect(job.status).toBe('completed');
      expect((await user.results(job.id)).tasks[0]).toMatchObject({ attempt: 2, exit_code: 0, result: { attempt: 2 } });
    });

    test('while a retry waits, the failed attempt can be read', async () => {
      const { user } = stage();
      const retry = { max_attempts: 2, backoff_s: 3600, max_backoff_s: 3600 };
      const { id } = await user.submit({ project: RUNNERS, runner_command: ['sh', 'fail.sh'], retry });
      await user.until(id, 'waiting for its retry', (job) => job.task_counts.retrying === 1);
      const [task] = await user.tasks(id);
      expect(task).toMatchObject({
        status: 'retrying',
        last_failed_attempt: { attempt: 1, reason: 'exit', exit_code: 7 },
      });
      expect(task?.last_failed_attempt?.output).toContain('attempt 1 speaks');
      expect(await user.client.output(id, { task: 0, stream: 'stdout' })).toBe('attempt 1 speaks\n');
      await user.client.cancelJob(id);
      expect((await user.end(id)).status).toBe('cancelled');
    });

    test('some that fail make the job partial', async () => {
      const { user } = stage();
      const items = [{ ok: true }, { ok: false }, { ok: true }];
      const program = 'grep -q true "$COMPUTALOT_TASK_PAYLOAD"';
      const job = await user.run({
        project: RUNNERS,
        runner_command: ['sh', '-c', program],
        fan_out: { items },
        retry: { max_attempts: 1 },
      });
      expect(job).toMatchObject({ status: 'partial', task_counts: { total: 3, completed: 2, failed: 1 } });
    });

    test('one that hangs, ignores SIGTERM and has grandchildren times out and leaves nothing alive', async () => {
      const { user } = stage();
      const marker = newMarker();
      const command = ['python3', 'hang.py', marker];
      const { id } = await user.submit({
        project: RUNNERS,
        runner_command: command,
        timeout_s: 4,
        retry: { max_attempts: 1 },
      });
      await waitUntil('the runner and its grandchildren', () => processesMarked(marker).length >= 3, { timeout_s: 20 });
      const job = await user.end(id);
      expect(processesMarked(marker)).toEqual([]);
      expect(job.status).toBe('failed');
      const [task] = await user.tasks(id);
      expect(task?.error?.code).toBe('timeout');
      expect(task?.output).toContain('hanging');
    });

    test('one that ends and leaves a process behind leaves nothing alive', async () => {
      const { user } = stage();
      const marker = newMarker();
      const job = await user.run({ project: RUNNERS, runner_command: ['python3', 'orphan.py', marker] });
      expect(job.status).toBe('completed');
      expect(processesMarked(marker)).toEqual([]);
    });

    test('one that prints 100 MB is kept to the byte', async () => {
      const { user } = stage();
      const lines = 1_000_000;
      const job = await user.run({ project: RUNNERS, runner_command: ['python3', 'flood.py', String(lines)] }, 120);
      expect(job.status).toBe('completed');
      const path = `/jobs/${job.id}/output?task=0&stream=stdout&format=text`;
      const answer = await user.request('GET', path);
      const seen = createHash('sha256');
      let size = 0;
      for await (const chunk of answer.body ?? []) {
        seen.update(chunk);
        size += chunk.byteLength;
      }
      expect(size).toBe(lines * 100);
      expect(seen.digest('hex')).toBe(hashOfFlood(lines));
      const slice = await user.request('GET', path, undefined, { range: 'bytes=50000000-50000099' });
      expect(slice.status).toBe(206);
      expect(await slice.text()).toBe(floodLine(500_000));
    }, 150_000);

    test('one that writes a broken result fails and says so', async () => {
      const { user } = stage();
      const job = await user.run({
        project: RUNNERS,
        runner_command: ['sh', 'broken-result.sh'],
        retry: { max_attempts: 1 },
      });
      expect(job.status).toBe('failed');
      const [task] = await user.tasks(job.id);
      expect(task).toMatchObject({
        status: 'failed',
        error: { code: 'invalid_result', message: expect.stringMatching(/JSON/) },
      });
    });

    test('a command that is not there fails and names it', async () => {
      const { user } = stage();
      const job = await user.run({ project: RUNNERS, runner_command: ['no-such-program'], retry: { max_attempts: 1 } });
      const [task] = await user.tasks(job.id);
      expect(task).toMatchObject({ status: 'failed', error: { message: expect.stringContaining('no-such-program') } });
    });
  });
}

function hashOfFlood(lines: number): string {
  const hash = createHash('sha256');
  for (let start = 0; start < lines; start += 4_096) {
    const block = Array.from({ length: Math.min(4_096, lines - start) }, (_, offset) => floodLine(start + offset));
    hash.update(block.join(''));
  }
  return hash.digest('hex');
}
