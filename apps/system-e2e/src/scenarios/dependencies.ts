import { describe, expect, test } from '@jest/globals';
import type { DependencyBody, JobObject, JobSubmission } from '@computalot/contracts';
import type { Api } from '../stage/api.js';
import { pushRunners, RUNNERS, type Stage } from '../stage/stage.js';

const job = (...depends_on: DependencyBody[]): JobSubmission => ({
  project: RUNNERS,
  runner_command: ['/bin/true'],
  depends_on,
});
const failing = (...depends_on: DependencyBody[]): JobSubmission => ({
  ...job(...depends_on),
  runner_command: ['/bin/false'],
  retry: { max_attempts: 1 },
});
const slow: JobSubmission = { project: RUNNERS, runner_command: ['sh', 'work.sh', '2'] };

/** Jobs of the given submissions, which do not depend on each other; 20 requests at a time. */
async function submitAll(user: Api, jobs: readonly JobSubmission[]): Promise<string[]> {
  const ids: string[] = [];
  for (let at = 0; at < jobs.length; at += 20) {
    const accepted = await Promise.all(jobs.slice(at, at + 20).map((each) => user.submit(each)));
    ids.push(...accepted.map(({ id }) => id));
  }
  return ids;
}

const waitsFor = ({ pending_reason }: JobObject): boolean => pending_reason?.code === 'waiting_for_dependencies';

export function dependencies(stage: () => Stage): void {
  describe('jobs that depend on others', () => {
    test('a diamond runs from top to bottom: nobody starts before all it depends on has ended', async () => {
      const { user } = stage();
      const top = await user.submit(slow);
      const [left = '', right = ''] = await submitAll(user, [job(top.id), { ...slow, depends_on: [top.id] }]);
      const bottom = await user.submit(job(left, right));
      expect(bottom.status).toBe('queued');
      const waiting = (await user.client.getJob(bottom.id)).pending_reason;
      expect(waiting?.code).toBe('waiting_for_dependencies');
      expect(waiting?.detail).toContain('0 of 2 dependencies hold');
      expect((await user.end(bottom.id)).status).toBe('completed');
      const [a, b, c, d] = await Promise.all([top.id, left, right, bottom.id].map((id) => user.client.getJob(id)));
      for (const [before, after] of [
        [a, b],
        [a, c],
        [b, d],
        [c, d],
      ]) {
        expect(before?.status).toBe('completed');
        expect(Date.parse(after?.planned_at ?? '')).toBeGreaterThanOrEqual(Date.parse(before?.finished_at ?? 'never'));
      }
    });

    test('a fan-in of 200 runs when the last of them has ended', async () => {
      const { user } = stage();
      const parts = await submitAll(user, Array<JobSubmission>(200).fill(job()));
      const { id } = await user.submit(job(...parts));
      expect((await user.end(id, 120)).status).toBe('completed');
      const ends = await Promise.all(parts.slice(-20).map((part) => user.client.getJob(part)));
      const planned = Date.parse((await user.client.getJob(id)).planned_at ?? '');
      for (const part of ends) expect(planned).toBeGreaterThanOrEqual(Date.parse(part.finished_at ?? 'never'));
    }, 180_000);

    test('a chain behind a failure fails to its end, with the chain named, and no task of it ever existed', async () => {
      const { user } = stage();
      const head = await user.submit(failing());
      const chain = [head.id];
      for (let n = 0; n < 8; n++) chain.push((await user.submit(job(chain[n] ?? ''))).id);
      const last = await user.end(chain[8] ?? '');
      expect(last).toMatchObject({ status: 'failed', task_counts: { total: 0 }, error: { code: 'dependency_failed' } });
      expect(last.error?.message).toContain(`depends on ${chain[7] ?? ''}, which failed because`);
      expect(last.error?.message).toContain(`on ${head.id}, which ended failed.`);
      expect(last.recommended_action).toMatch(/chain/);
      // One that comes later fails in the same words, at once.
      const late = await user.end((await user.submit(job(chain[8] ?? ''))).id);
      expect(late.error?.message).toContain(`depends on ${chain[8] ?? ''}, which failed because`);
    });

    test('conditions decide what a partial and a failed end mean', async () => {
      const { user } = stage();
      const partial = await user.submit({
        project: RUNNERS,
        runner_command: ['sh', '-c', 'exit $COMPUTALOT_TASK_INDEX'],
        fan_out: { chunks: 2, range_field: 'n', total: 2 },
        retry: { max_attempts: 1 },
      });
      const bad = await user.submit(failing());
      const ids = await submitAll(
        user,
        ([partial.id, bad.id] as const).flatMap((job_id) =>
          (['completed', 'partial', 'terminal'] as const).map((condition) => job({ job_id, condition })),
        ),
      );
      const ends = await Promise.all(ids.map((id) => user.end(id)));
      expect(ends.map(({ status }) => status)).toEqual([
        'failed',
        'completed',
        'completed',
        'failed',
        'failed',
        'completed',
      ]);
      expect(ends[0]?.error?.message).toContain(`${partial.id}, which ended partial`);
    });

    test('a waiting job is cancelled at once, and whoever waits for it fails because of that', async () => {
      const { user } = stage();
      const [head = ''] = await submitAll(user, [{ ...slow, runner_command: ['sh', 'work.sh', '30'] }]);
      const waiting = await user.submit(job(head));
      const behind = await user.submit(job(waiting.id));
      await user.until(waiting.id, 'waiting', waitsFor);
      await user.client.cancelJob(waiting.id);
      expect((await user.end(waiting.id)).status).toBe('cancelled');
      const last = await user.end(behind.id);
      expect(last).toMatchObject({ status: 'failed', error: { code: 'dependency_failed' } });
      expect(last.error?.message).toContain(`depends on ${waiting.id}, which was cancelled.`);
      expect((await user.client.getJob(head)).status).not.toBe('cancelled');
      await user.client.cancelJob(head);
      await user.end(head);
    });

    test('a waiting job keeps its queue_timeout_s', async () => {
      const { user } = stage();
      const head = await user.submit({ ...slow, runner_command: ['sh', 'work.sh', '30'] });
      const { id } = await user.submit({ ...job(head.id), queue_timeout_s: 0.5 });
      expect(await user.end(id)).toMatchObject({ status: 'failed', error: { code: 'queue_timeout' } });
      await user.client.cancelJob(head.id);
      await user.end(head.id);
    });

    test('nobody depends on what is not there or not theirs', async () => {
      const { user, operator } = stage();
      const stranger = await operator.newAccount(`stranger-${Date.now()}`);
      const { id } = await user.submit(job());
      await pushRunners(stranger);
      const answer = await stranger.call('POST', '/jobs', job(id));
      expect(answer).toMatchObject({ status: 422, body: { code: 'dependency_not_found' } });
      expect(answer.body).toMatchObject({ errors: [{ pointer: '/depends_on/0' }] });
      await user.end(id);
    });
  });
}
