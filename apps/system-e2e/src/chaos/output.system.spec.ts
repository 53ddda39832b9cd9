import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { OutputObject } from '@computalot/contracts';
import {
  ServiceProcess,
  describeWith,
  findService,
  forgetFeeds,
  freePort,
  processNamed,
  startDistributed,
  waitUntil,
} from '@computalot/testing';
import type { Api } from '../stage/api.js';
import { keepPlacementHidden } from '../stage/keep-placement-hidden.js';
import { setStage, type Stage } from '../stage/stage.js';
import { pushChatty, SECRET, STREAMS } from './chatty-project.js';
import { openProxy, type CuttableProxy } from './cuttable-proxy.js';
import { CuttingFetch } from './cutting-fetch.js';
import { Follower } from './follower.js';
import { SeededRandom } from './seeded-random.js';

jest.setTimeout(300_000);

const TASKS = 6;
const CLIENTS = 3;
const seed = Number(process.env.OUTPUT_CHAOS_SEED ?? Math.floor(Math.random() * 1e9));

const [broker, live, objectStore] = await Promise.all([
  findService('broker'),
  findService('live'),
  findService('objectStore'),
]);
const missing = [broker, live, objectStore].find(({ url }) => url === null);

/** Everything between a task's write and its readers breaks at random; the bytes must not. `OUTPUT_CHAOS_SEED` repeats a run's order of faults. */
describeWith(missing ?? broker, 'output under faults', () => {
  let stage: Stage | undefined;
  let proxy: CuttableProxy | undefined;
  let twin: ServiceProcess | undefined;

  beforeAll(async () => {
    proxy = await openProxy(live.url ?? '');
    const real = { brokerUrl: broker.url ?? '', liveUrl: proxy.url, objectStoreUrl: objectStore.url ?? '' };
    stage = await setStage(await startDistributed(real));
    const { options } = processNamed(stage.platform, 'api-gateway');
    twin = new ServiceProcess({ ...options, name: 'api-gateway-twin', port: await freePort() });
    await twin.ready();
  }, 180_000);

  keepPlacementHidden(() => stage);

  const cutFeed = (): Promise<void> => Promise.resolve(proxy?.cut());
  const killTwin = async (): Promise<void> => {
    if (!twin) return;
    await twin.kill();
    twin = new ServiceProcess(twin.options);
  };

  afterAll(async () => {
    await twin?.stop();
    await stage?.platform.stop();
    await proxy?.close();
  }, 60_000);

  test(`every byte reaches every reader once, live and archived alike (seed ${seed})`, async () => {
    if (!stage || !twin) throw new Error('the platform did not start');
    const { user, platform } = stage;
    const random = new SeededRandom(seed);
    const expected = await pushChatty(user, 'chatty', seed, TASKS);
    expect((await user.call('PUT', '/account/secrets', { name: 'KEY', value: SECRET })).status).toBe(200);
    const { id } = await user.submit({
      project: 'chatty',
      runner_command: ['python3', 'chatty.py', String(seed)],
      fan_out: { chunks: TASKS, range_field: 'n', total: TASKS },
      requirements: { cpu: 0.1 },
      secrets: ['KEY'],
      // What is lost below is not charged to the user.
      retry: { max_attempts: 1 },
    });
    const urls = [platform.url, twin.url];
    const followers = Array.from({ length: CLIENTS }, () => new Follower(new CuttingFetch(urls, random)));
    const stop = new AbortController();
    const following = Promise.all(followers.map((each) => each.follow(user.url, user.key, id, stop.signal)));
    let isOver = false;
    void following.finally(() => (isOver = true)).catch(() => undefined);
    const restarts: Promise<void>[] = [];
    const kill = async (name: string): Promise<void> => {
      await processNamed(platform, name).kill();
      restarts.push(platform.restart(name));
    };
    const faults = [
      () => forgetFeeds(live.url ?? '', [id]),
      () => forgetFeeds(live.url ?? '', [id]),
      cutFeed,
      cutFeed,
      () => kill('api-gateway'),
      killTwin,
      () => kill('worker-1'),
      () => kill('worker-2'),
    ];
    // As it comes, not as it is told: a stream with a hole is told no further before its attempt has ended.
    const heard = () => followers.reduce((sum, { through }) => sum + through.bytes, 0);
    try {
      for (const fault of random.shuffled(faults)) {
        const enough = heard() + random.integer(20_000, 300_000);
        await waitUntil('more bytes before the next fault', () => isOver || heard() > enough);
        await fault();
      }
      await Promise.all(restarts);
      expect(await user.end(id, 120)).toMatchObject({ status: 'completed', task_counts: { completed: TASKS } });
      await following;
    } finally {
      stop.abort();
      await Promise.allSettled([following, ...restarts]);
    }

    const tasks = await user.tasks(id);
    // The killed worker had something to do, and the connections did break.
    expect(tasks.some(({ attempt }) => attempt > 1)).toBe(true);
    for (const { through } of followers) expect(through.cuts).toBeGreaterThan(2);
    for (const { index, attempt: last } of tasks) {
      for (let attempt = 1; attempt <= last; attempt += 1) {
        for (const stream of STREAMS) {
          const shown = expected.get(`${index} ${stream}`) ?? Buffer.alloc(0);
          const archive = await archived(user, id, { task: `${index}`, attempt: `${attempt}`, stream });
          if (attempt === last) expect(archive?.equals(shown)).toBe(true);
          for (const { told } of followers) {
            const heard = told.get(`${index} ${attempt} ${stream}`);
            // A byte is what the program wrote at its place, also of an attempt that was lost.
            for (const { offset, bytes } of heard?.parts ?? [])
              expect(shown.subarray(offset, offset + bytes.length).equals(bytes)).toBe(true);
            if (archive) expect([heard?.end, heard?.missing]).toEqual([archive.length, []]);
            else if (heard) expect(heard.missing.at(-1)).toEqual({ offset: heard.end, missing: null });
          }
        }
      }
    }
  });
});

/** The stream as it is kept; null when nothing of the attempt is. */
async function archived(user: Api, id: string, of: Record<string, string>): Promise<Buffer | null> {
  const path = `/jobs/${id}/output?${new URLSearchParams(of).toString()}`;
  const { body } = await user.call<{ outputs: readonly OutputObject[] }>('GET', `${path}&format=json`);
  if (!body.outputs[0]?.archived) return null;
  return Buffer.from(await (await user.request('GET', path)).arrayBuffer());
}
