import { describe, expect, test } from '@jest/globals';
import { checkExample } from '../examples/check-example.js';
import { exampleFolder, exampleJob, type ExampleName } from '../examples/example-files.js';
import type { Stage } from '../stage/stage.js';

export function examples(stage: () => Stage): void {
  describe('the examples', () => {
    test.each(Object.keys(checkExample) as ExampleName[])('%s gives the right results', async (name) => {
      const { user } = stage();
      await user.push(name, exampleFolder(name));
      const job = await user.run(exampleJob(name));
      const results = await user.results(job.id);
      expect(results.tasks.map(({ error }) => error).filter(Boolean)).toEqual([]);
      expect(job).toMatchObject({ status: 'completed', error: null, progress: { fraction: 1 } });
      expect(results.completeness).toMatchObject({
        total: results.tasks.length,
        completed: results.tasks.length,
        fraction: 1,
      });
      expect(results.tasks.map(({ index }) => index)).toEqual(results.tasks.map((_, index) => index));
      checkExample[name](results.tasks.map(({ result }) => result));
    });

    test('progress lines become progress, not output', async () => {
      const { user } = stage();
      const { id } = await user.run({ ...exampleJob('knn-iris'), payload: { ks: [5] } });
      const [task] = await user.tasks(id);
      expect(task?.latest_progress).toEqual({ done: 150, total: 150 });
      expect(task?.output).toContain('k = 5: 145 of 150 right');
      expect(task?.output).not.toContain('COMPUTALOT_PROGRESS');
    });
  });
}
