import { describe, expect, test } from '@jest/globals';
import { RUNNERS, type Stage } from '../stage/stage.js';

/** Task 0 succeeds at once, the others from attempt 3 on. */
const mending = `[ "$COMPUTALOT_TASK_INDEX" = 0 ] || [ "$COMPUTALOT_ATTEMPT" -ge 3 ] || { echo "no $COMPUTALOT_ATTEMPT"; exit 7; }
echo "{\\"attempt\\": $COMPUTALOT_ATTEMPT}" > "$COMPUTALOT_TASK_RESULT"`;

export function endedJobs(stage: () => Stage): void {
  describe('retrying an ended job', () => {
    test('runs its failed tasks alone, tells of both ends, and can be followed again', async () => {
      const { user } = stage();
      const first = await user.run({
        project: RUNNERS,
        runner_command: ['sh', '-c', mending],
        fan_out: { chunks: 4, range_field: 'n', total: 4 },
        retry: { max_attempts: 2 },
      });
      expect(first).toMatchObject({ status: 'partial', run: 1, task_counts: { completed: 1, failed: 3 } });
      const opened = await user.client.retryJob(first.id);
      expect(opened).toMatchObject({ run: 2, error: null, finished_at: null });
      const kinds: string[] = [];
      for await (const { event } of user.client.streamJob(first.id)) kinds.push(event);
      expect([kinds[0], kinds.at(-1)]).toEqual(['snapshot', 'end']);
      const second = await user.end(first.id);
      expect(second).toMatchObject({ status: 'completed', run: 2, task_counts: { completed: 4, failed: 0 } });
      const { tasks } = await user.results(first.id);
      expect(tasks.map(({ attempt, result }) => [attempt, result])).toEqual([
        [1, { attempt: 1 }],
        ...[1, 2, 3].map(() => [3, { attempt: 3 }]),
      ]);
      const [, again] = await user.tasks(first.id);
      expect(again).toMatchObject({ last_failed_attempt: { attempt: 2, exit_code: 7, output: 'no 2\n' } });
      await expect(user.client.retryJob(first.id)).rejects.toMatchObject({ status: 409, code: 'nothing_to_retry' });
    });
  });
}
