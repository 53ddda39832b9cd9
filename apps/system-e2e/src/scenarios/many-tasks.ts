import { expect, test } from '@jest/globals';
import { RUNNERS, type Stage } from '../stage/stage.js';

const TASKS = 10_000;

export function manyTasks(stage: () => Stage): void {
  test('a job of 10,000 tasks runs every index once', async () => {
    const { user } = stage();
    const job = await user.run(
      {
        project: RUNNERS,
        runner_command: ['/bin/true'],
        payload: {},
        fan_out: { chunks: TASKS, range_field: 'size', total: TASKS },
        meta: { keep: ['me'] },
        client_ref: 'ten-thousand',
      },
      300,
    );
    expect(job).toMatchObject({ status: 'completed', meta: { keep: ['me'] }, client_ref: 'ten-thousand' });
    expect(job.task_counts).toMatchObject({
      total: TASKS,
      completed: TASKS,
      queued: 0,
      leased: 0,
      running: 0,
      failed: 0,
    });
    const { tasks, completeness } = await user.results(job.id);
    expect(completeness).toMatchObject({ total: TASKS, completed: TASKS, fraction: 1 });
    expect(tasks.map(({ index }) => index)).toEqual(Array.from({ length: TASKS }, (_, index) => index));
    expect(
      tasks.filter(({ status, attempt, exit_code }) => status !== 'completed' || attempt !== 1 || exit_code !== 0),
    ).toEqual([]);
    // No result file is a success that says so.
    expect(tasks[TASKS - 1]).toMatchObject({ result: null });
    expect(tasks[TASKS - 1]?.result_warnings).not.toEqual([]);
  }, 330_000);
}
