import { describe, expect, test } from '@jest/globals';
import type { JobSubmission } from '@computalot/contracts';
import { pushRunners, RUNNERS, type Stage } from '../stage/stage.js';

const TASKS = 200;

/** A result that no other run would have; no id of ours looks like it. */
const once = `echo "{\\"k\\": $COMPUTALOT_TASK_INDEX, \\"run\\": \\"$(tr -d - < /proc/sys/kernel/random/uuid)\\"}" > "$COMPUTALOT_TASK_RESULT"`;
/** The same, too large for a row of the database, and a file. */
const large = `tr -d - < /proc/sys/kernel/random/uuid | tee "$COMPUTALOT_ARTIFACTS_DIR/model"
printf '"%s %s"' "$(cat "$COMPUTALOT_ARTIFACTS_DIR/model")" "$(head -c 20000 /dev/zero | tr '\\0' y)" > "$COMPUTALOT_TASK_RESULT"`;

/** No worker offers it: what runs nothing needs none. */
const unsatisfiable = { requirements: { labels: { nowhere: 'yes' } } };

const summing = (changed: readonly number[] = []): JobSubmission => ({
  type: 'map_reduce',
  project: RUNNERS,
  runner_command: ['sh', '-c', once],
  fan_out: { items: Array.from({ length: TASKS }, (_, seed) => ({ seed: changed.includes(seed) ? -1 - seed : seed })) },
  reduce: { builtin: 'stats', field: 'k' },
  cache: true,
});

/** A spread is exact but for its last digits, which depend on the order in which results came. */
const rounded = (aggregate: unknown): unknown =>
  JSON.parse(JSON.stringify(aggregate), (_, value: unknown) =>
    typeof value === 'number' ? Number(value.toPrecision(12)) : value,
  );

export function reusedResults(stage: () => Stage): void {
  describe('results of identical tasks', () => {
    test('a second run of a job runs nothing and has the same results; a changed one runs what changed', async () => {
      const { user, operator } = stage();
      const first = await user.run(summing());
      expect(first).toMatchObject({ status: 'completed', cached_tasks: 0, task_counts: { completed: TASKS } });
      const second = await user.run({ ...summing(), ...unsatisfiable });
      expect(second).toMatchObject({ status: 'completed', cached_tasks: TASKS, task_counts: { completed: TASKS } });
      expect(rounded(second.aggregate_result)).toEqual(rounded(first.aggregate_result));
      const [ran, reused] = await Promise.all([user.results(first.id), user.results(second.id)]);
      expect(reused.tasks.map(({ result }) => result)).toEqual(ran.tasks.map(({ result }) => result));
      expect(reused.tasks.map(({ cached_from }) => cached_from)).toEqual(ran.tasks.map(({ id }) => id));
      expect(rounded(reused.aggregate_result)).toEqual(rounded(ran.aggregate_result));

      const changed = [0, 77, 199];
      const third = await user.run(summing(changed));
      expect(third).toMatchObject({ status: 'completed', cached_tasks: TASKS - changed.length });
      const { tasks } = await user.results(third.id);
      const anew = tasks.filter(({ cached_from }) => cached_from === null).map(({ index }) => index);
      expect(anew).toEqual(changed);
      for (const { index, result } of tasks)
        expect(JSON.stringify(result) === JSON.stringify(ran.tasks[index]?.result)).toBe(!changed.includes(index));

      const stranger = await operator.newAccount(`twin-${first.id}`);
      await pushRunners(stranger);
      expect(await stranger.run(summing())).toMatchObject({ status: 'completed', cached_tasks: 0 });
    }, 180_000);

    test('large results and artifacts stay when the job that made them is deleted', async () => {
      const { user } = stage();
      const job: JobSubmission = { project: RUNNERS, runner_command: ['sh', '-c', large], cache: true };
      const first = await user.run(job);
      const made = await user.client.taskResult(first.id, 0);
      const second = await user.run({ ...job, ...unsatisfiable });
      await user.client.deleteJob(first.id);
      const [task] = await user.tasks(second.id);
      expect(task).toMatchObject({ status: 'completed', cached_from: `${first.id}.0`, output: '' });
      expect(await user.client.taskResult(second.id, 0)).toEqual(made);
      const model = await user.client.downloadArtifact(task?.artifacts[0] ?? '');
      expect(made).toContain((await new Response(model).text()).trim());
    });
  });
}
