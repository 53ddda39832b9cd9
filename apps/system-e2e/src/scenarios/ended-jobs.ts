import { describe, expect, test } from '@jest/globals';
import { RUNNERS, type Stage } from '../stage/stage.js';

/** Task 0 succeeds at once, the others from attempt 3 on. */
const mending = `[ "$COMPUTALOT_TASK_INDEX" = 0 ] || [ "$COMPUTALOT_ATTEMPT" -ge 3 ] || { echo "no $COMPUTALOT_ATTEMPT"; exit 7; }
echo "{\\"attempt\\": $COMPUTALOT_ATTEMPT}" > "$COMPUTALOT_TASK_RESULT"`;

/** Leaves something of every kind that the platform keeps: a large result, much output, a checkpoint, an artifact. */
const untidy = `i=$COMPUTALOT_TASK_INDEX; head -c 60000 /dev/zero | tr '\\0' x
echo here > "$COMPUTALOT_CHECKPOINT_DIR/state"; echo "file $1" > "$COMPUTALOT_ARTIFACTS_DIR/file"
printf '"%s"' "$(head -c 20000 /dev/zero | tr '\\0' y)" > "$COMPUTALOT_TASK_RESULT"; [ "$i" = 0 ]`;

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

  describe('deleting an ended job', () => {
    test('leaves nothing of it that anybody finds, and the artifacts of others with the same content', async () => {
      const { user } = stage();
      const submit = (word: string) =>
        user.run({
          project: RUNNERS,
          runner_command: ['sh', '-c', untidy, 'untidy', word],
          fan_out: { chunks: 2, range_field: 'n', total: 2 },
          retry: { max_attempts: 1 },
        });
      const [job, twin] = await Promise.all([submit('same'), submit('same')]);
      expect(job).toMatchObject({ status: 'partial', task_counts: { completed: 1, failed: 1 } });
      const { artifacts } = await user.client.listArtifacts({ job: job.id });
      expect(artifacts).not.toEqual([]);
      await user.client.deleteJob(job.id);
      const gone = { status: 404, code: 'not_found' };
      await expect(user.client.getJob(job.id)).rejects.toMatchObject(gone);
      await expect(user.client.resultsPage(job.id)).rejects.toMatchObject(gone);
      await expect(user.client.output(job.id)).rejects.toMatchObject(gone);
      await expect(user.client.getArtifact(artifacts[0]?.id ?? '')).rejects.toMatchObject(gone);
      await expect(user.client.deleteJob(job.id)).rejects.toMatchObject(gone);
      expect((await user.client.listJobs()).jobs.map(({ id }) => id)).not.toContain(job.id);
      const [kept] = (await user.client.listArtifacts({ job: twin.id })).artifacts;
      expect(await new Response(await user.client.downloadArtifact(kept?.id ?? '')).text()).toBe('file same\n');
    });

    test('is refused while it is open', async () => {
      const { user } = stage();
      const { id } = await user.submit({ project: RUNNERS, runner_command: ['sh', 'work.sh', '60'] });
      await expect(user.client.deleteJob(id)).rejects.toMatchObject({ status: 409, code: 'job_not_terminal' });
      await user.client.cancelJob(id);
      await user.end(id);
      await user.client.deleteJob(id);
    });
  });
}
