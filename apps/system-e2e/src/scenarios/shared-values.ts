import { describe, expect, test } from '@jest/globals';
import { RUNNERS, type Stage } from '../stage/stage.js';

/** Answers what it was given of other jobs. */
const tells = `import json, os
with open(os.environ["COMPUTALOT_TASK_PAYLOAD"]) as file: payload = json.load(file)
with open(os.environ["COMPUTALOT_TASK_RESULT"], "w") as file: json.dump(payload["_shared"]["values"], file)`;

export function sharedValues(stage: () => Stage): void {
  describe('shared values', () => {
    test('a job takes a value of its project and a result of the job that it waits for, each of its tasks the same', async () => {
      const { user } = stage();
      const { version } = await user.client.values.put(RUNNERS, 'search/best', { lr: 0.01 });
      const first = await user.submit({
        project: RUNNERS,
        runner_command: ['python3', 'score.py'],
        payload: { x: 42 },
      });
      const resolve = {
        best: { kv: 'search/best' },
        prev: { job_id: first.id, path: '/tasks/0/result/x' },
      };
      const { id } = await user.submit({
        project: RUNNERS,
        runner_command: ['python3', '-c', tells],
        depends_on: [first.id],
        payload: { _shared: { resolve } },
        fan_out: { items: [{ n: 0 }, { n: 1 }] },
      });
      expect(await user.end(id)).toMatchObject({ status: 'completed', payload: { _shared: { resolve } } });
      const values = { best: { lr: 0.01 }, prev: 42 };
      expect((await user.results(id)).tasks.map(({ result }) => result)).toEqual([values, values]);
      expect((await user.tasks(id)).map(({ payload }) => payload)).toMatchObject([
        { n: 0, _shared: { values } },
        { n: 1, _shared: { values } },
      ]);
      await user.client.values.put(RUNNERS, 'search/best', null, { if_version: version });
      await expect(user.client.values.put(RUNNERS, 'search/best', 1, { if_version: version })).rejects.toMatchObject({
        code: 'precondition_failed',
      });
      expect(await user.client.values.get(RUNNERS, 'search/best')).toMatchObject({ value: null });
    });

    test('what cannot be resolved fails the job before any task runs', async () => {
      const { user } = stage();
      const { id } = await user.submit({
        project: RUNNERS,
        runner_command: ['true'],
        payload: { _shared: { resolve: { wanted: { kv: 'nowhere' } } } },
      });
      expect(await user.end(id)).toMatchObject({
        status: 'failed',
        error: { code: 'shared_unresolved', message: expect.stringContaining('resolve.wanted') as unknown },
        task_counts: { total: 0 },
      });
    });
  });
}
