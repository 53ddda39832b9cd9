import { describe, expect, test } from '@jest/globals';
import { RUNNERS, type Stage } from '../stage/stage.js';

const ITEMS = 5_000;
const BATCH = 20;

/** Squares the numbers of its items. */
const squares = `import json, os
with open(os.environ["COMPUTALOT_TASK_PAYLOAD"]) as file: payload = json.load(file)
with open(os.environ["COMPUTALOT_TASK_RESULT"], "w") as file: json.dump({"results": [item["n"] ** 2 for item in payload["items"]]}, file)`;

export function itemFiles(stage: () => Stage): void {
  describe('items from a file', () => {
    test('5,000 lines that were uploaded are the items of a job, which needs the file no longer than it is planned', async () => {
      const { user } = stage();
      // Several parts of a spec.
      const note = 'x'.repeat(500);
      const lines = Array.from({ length: ITEMS }, (_, n) => `${JSON.stringify({ n, note })}\n`);
      const artifact = await user.client.uploadArtifact('items.jsonl', new Uint8Array(Buffer.from(lines.join(''))));
      expect(artifact).toMatchObject({ filename: 'items.jsonl', job_id: null });
      const { id } = await user.submit({
        project: RUNNERS,
        runner_command: ['python3', '-c', squares],
        fan_out: { items_artifact: artifact.id },
        batch_size: BATCH,
      });
      await user.until(id, 'planned', ({ task_counts }) => task_counts.total > 0);
      await user.client.deleteArtifact(artifact.id);
      await expect(user.client.getArtifact(artifact.id)).rejects.toMatchObject({ status: 404, code: 'not_found' });
      expect(await user.end(id, 120)).toMatchObject({
        status: 'completed',
        task_counts: { total: ITEMS / BATCH, completed: ITEMS / BATCH },
        fan_out: { items_artifact: artifact.id },
      });
      const { tasks } = await user.results(id);
      const results = tasks.flatMap(({ result }) => (result as { results: number[] }).results);
      expect(results).toEqual(Array.from({ length: ITEMS }, (_, n) => n ** 2));
      const [first] = await user.tasks(id);
      expect(first?.payload).toMatchObject({ _batch: { index: 0, size: BATCH, total: ITEMS } });
      expect((first?.payload as { items: object[] }).items[BATCH - 1]).toEqual({ n: BATCH - 1, note });
      // Without the file there is no other such job.
      await expect(
        user.submit({ project: RUNNERS, runner_command: ['true'], fan_out: { items_artifact: artifact.id } }),
      ).rejects.toMatchObject({ status: 422, code: 'artifact_not_found' });
    }, 180_000);
  });
}
