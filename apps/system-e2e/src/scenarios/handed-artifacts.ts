import { describe, expect, test } from '@jest/globals';
import { RUNNERS, type Stage } from '../stage/stage.js';

const CSV = 'x,y\n1,0\n2,0\n3,10\n4,10\n';
const leaves = ['sh', '-c', `printf '${CSV.replaceAll('\n', '\\n')}' > $COMPUTALOT_ARTIFACTS_DIR/dataset`];

/** Answers its payload, and the bytes that it finds there. */
const tells = `import json, os
with open(os.environ["COMPUTALOT_TASK_PAYLOAD"]) as file: payload = json.load(file)
path = payload["_artifacts"]["download"]["dataset"]["path"]
assert path == os.path.join(os.environ["COMPUTALOT_INPUTS_DIR"], "dataset"), path
with open(path) as file: found = {"n": payload.get("n"), "bytes": file.read()}
try: open(path, "a").write("changed")
except OSError: pass
with open(os.environ["COMPUTALOT_TASK_RESULT"], "w") as file: json.dump(found, file)`;

export function handedArtifacts(stage: () => Stage): void {
  describe('artifacts from job to job', () => {
    test('each task finds what the job left that it waited for, whatever its neighbours do with it', async () => {
      const { user } = stage();
      const first = await user.submit({ project: RUNNERS, runner_command: leaves });
      const download = { dataset: { job_id: first.id, artifact: 'dataset' } };
      const second = await user.submit({
        project: RUNNERS,
        runner_command: ['python3', '-c', tells],
        depends_on: [first.id],
        payload: { _artifacts: { download } },
        fan_out: { items: [{ n: 0 }, { n: 1 }, { n: 2 }, { n: 3 }] },
      });
      expect(await user.end(second.id)).toMatchObject({ status: 'completed', payload: { _artifacts: { download } } });
      const results = (await user.results(second.id)).tasks.map(({ result }) => result);
      expect(results).toEqual([0, 1, 2, 3].map((n) => ({ n, bytes: CSV })));
      const artifact_id = (await user.results(first.id)).tasks[0]?.artifacts[0];
      expect((await user.tasks(second.id)).map(({ payload }) => payload)).toMatchObject(
        [0, 1, 2, 3].map((n) => ({ n, _artifacts: { download: { dataset: { artifact_id } } } })),
      );
    });

    test('a recipe learns from a data set that another job left', async () => {
      const { user } = stage();
      const first = await user.submit({ project: RUNNERS, runner_command: leaves });
      const { id } = await user.submit({
        recipe: 'tabular-training',
        depends_on: [first.id],
        payload: {
          operation: 'cross_validate',
          target: 'y',
          task: 'regression',
          model: 'knn',
          folds: 2,
          _artifacts: { download: { dataset: { job_id: first.id, artifact: 'dataset' } } },
        },
      });
      expect((await user.end(id)).status).toBe('completed');
      expect((await user.results(id)).tasks[0]?.result).toHaveProperty('rmse');
    });

    test('one that is not there fails the job before any task runs', async () => {
      const { user } = stage();
      const first = await user.run({ project: RUNNERS, runner_command: leaves });
      const { id } = await user.submit({
        project: RUNNERS,
        runner_command: ['true'],
        payload: { _artifacts: { download: { wanted: { job_id: first.id, artifact: 'other' } } } },
      });
      expect(await user.end(id)).toMatchObject({
        status: 'failed',
        error: { code: 'artifact_unresolved', message: expect.stringContaining('download.wanted') as unknown },
        task_counts: { total: 0 },
      });
    });
  });
}
