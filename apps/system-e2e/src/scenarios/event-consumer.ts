import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { deleteQueue, waitUntil } from '@computalot/testing';
import { RUNNERS, type Stage } from '../stage/stage.js';

const CONSUMER = fileURLToPath(new URL('../../../../examples/event-consumer/consume.mjs', import.meta.url));

interface SeenEvent {
  readonly type: string;
  readonly id: string;
  readonly subject: string;
  readonly data: { readonly index?: number; readonly status?: string };
}

/** The example as another service would run it, on a queue of its own. */
function startConsumer(stage: Stage, queue: string) {
  const { backends } = stage.platform;
  if (!backends) throw new Error('only the distributed shape has a broker for others');
  const { brokerUrl: BROKER_URL, brokerNamespace: BROKER_NAMESPACE } = backends;
  const env = { ...process.env, BROKER_URL, BROKER_NAMESPACE, EVENT_QUEUE: queue };
  const child = spawn(process.execPath, [CONSUMER], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const events: SeenEvent[] = [];
  createInterface(child.stdout).on('line', (line) => events.push(JSON.parse(line) as SeenEvent));
  let said = '';
  child.stderr.on('data', (text: Buffer) => (said += text.toString()));
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  return { events, ready: () => waitUntil('a bound queue', () => said.includes('waiting for')), stop };
}

/** Only where there is a broker for others. */
export function eventConsumer(stage: () => Stage): void {
  describe('events', () => {
    test('another service sees a job from its submission to its end, in order, also what happened while it was down', async () => {
      const { user, platform } = stage();
      const queue = `${platform.backends?.brokerNamespace}.event-consumer`;
      const submit = () =>
        user.submit({
          project: RUNNERS,
          runner_command: ['sh', '-c', 'test $COMPUTALOT_TASK_INDEX != 2'],
          retry: { max_attempts: 1 },
          fan_out: { chunks: 3, range_field: 'n', total: 3 },
        });
      const first = startConsumer(stage(), queue);
      let second: ReturnType<typeof startConsumer> | undefined;
      try {
        await first.ready();
        const seen = await submit();
        const of = (events: readonly SeenEvent[], id: string) => events.filter(({ subject }) => subject === id);
        await waitUntil('the end of the job', () => of(first.events, seen.id).some(isEnd));
        expectWholeStory(of(first.events, seen.id));

        await first.stop();
        const missed = await submit();
        await user.end(missed.id);
        second = startConsumer(stage(), queue);
        const { events } = second;
        await waitUntil('the end of the job that was missed', () => of(events, missed.id).some(isEnd));
        expectWholeStory(of(events, missed.id));
      } finally {
        await first.stop();
        await second?.stop();
        await deleteQueue(platform, queue);
      }
    });
  });
}

const isEnd = ({ type }: SeenEvent): boolean => type === 'job.finished.v1';

function expectWholeStory(events: readonly SeenEvent[]): void {
  // At least once: a repeat is no fault, another order is.
  const once = [...new Map(events.map((event) => [event.id, event])).values()];
  const tasks = once.filter(({ type }) => type === 'task.finished.v1');
  expect(tasks.map(({ data }) => [data.index, data.status]).sort()).toEqual([
    [0, 'completed'],
    [1, 'completed'],
    [2, 'failed'],
  ]);
  const types = once.map(({ type }) => type);
  expect(types[0]).toBe('job.submitted.v1');
  expect(types.at(-1)).toBe('job.finished.v1');
  expect(types.indexOf('job.started.v1')).toBeLessThan(types.indexOf('task.finished.v1'));
  expect(types.filter((type) => type.startsWith('job.')).sort()).toEqual([
    'job.finished.v1',
    'job.planned.v1',
    'job.started.v1',
    'job.submitted.v1',
  ]);
  expect(once.at(-1)?.data).toMatchObject({ status: 'partial', task_counts: { completed: 2, failed: 1 } });
}
