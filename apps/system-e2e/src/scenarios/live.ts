import { expect, test } from '@jest/globals';
import type { JobStreamEvents, OutputEvent } from '@computalot/contracts';
import type { JobStreamEvent } from '@computalot/sdk';
import { RUNNERS, type Stage } from '../stage/stage.js';

export function live(stage: () => Stage): void {
  test('a stream begins with a snapshot, carries the output to the byte and closes at the end', async () => {
    const { user } = stage();
    const program = 'for n in 1 2 3 4 5; do echo "line $n"; sleep 0.1; done';
    const { id } = await user.submit({ project: RUNNERS, runner_command: ['sh', '-c', program] });
    const events: JobStreamEvent[] = [];
    for await (const event of user.client.streamJob(id)) events.push(event);
    expect(events[0]?.event).toBe('snapshot');
    const output = events.filter(({ event }) => event === 'output').map(({ data }) => data as OutputEvent);
    let offset = 0;
    for (const each of output) {
      expect(each).toMatchObject({ index: 0, attempt: 1, stream: 'stdout', offset });
      offset += Buffer.byteLength(each.text);
    }
    expect(output.map(({ text }) => text).join('')).toBe('line 1\nline 2\nline 3\nline 4\nline 5\n');
    const last = events.at(-1);
    expect(last?.event).toBe('end');
    expect((last?.data as JobStreamEvents['end']).job).toMatchObject({ id, status: 'completed' });
  });
}
