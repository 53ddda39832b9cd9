import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { JobSubmission } from '@computalot/contracts';
import {
  ServiceProcess,
  brokenInvariants,
  cutDatabase,
  describeWith,
  findService,
  forgetInFlight,
  freePort,
  owedMessages,
  processNamed,
  startDistributed,
  waitUntil,
} from '@computalot/testing';
import { newMarker, processesMarked } from '../stage/marked-processes.js';
import { keepPlacementHidden } from '../stage/keep-placement-hidden.js';
import { RUNNERS, setStage, type Stage } from '../stage/stage.js';

jest.setTimeout(120_000);

const [broker, live, objectStore] = await Promise.all([
  findService('broker'),
  findService('live'),
  findService('objectStore'),
]);
const missing = [broker, live, objectStore].find(({ url }) => url === null);
const real = { brokerUrl: broker.url ?? '', liveUrl: live.url ?? '', objectStoreUrl: objectStore.url ?? '' };

/** Two of everything that decides, and faults while they do. What must hold afterwards is read from the database itself. */
describeWith(missing ?? broker, 'chaos', () => {
  let stage: Stage | undefined;
  const twins: ServiceProcess[] = [];
  const onStage = (): Stage => {
    if (!stage) throw new Error('the platform did not start');
    return stage;
  };

  beforeAll(async () => {
    stage = await setStage(await startDistributed(real));
    for (const app of ['scheduler', 'planner', 'api-gateway']) {
      const { options } = processNamed(stage.platform, app);
      const twin = new ServiceProcess({ ...options, name: `${app}-twin`, port: await freePort() });
      twins.push(twin);
      await twin.ready();
    }
  }, 120_000);

  keepPlacementHidden(() => stage);

  afterAll(async () => {
    await Promise.all(twins.map((twin) => twin.stop()));
    await stage?.platform.stop();
  }, 60_000);

  const work = (seconds: string, total: number, marker: string): JobSubmission => ({
    project: RUNNERS,
    runner_command: ['sh', 'work.sh', seconds, marker],
    fan_out: { chunks: total, range_field: 'n', total },
    // One attempt: whatever is lost below must not be charged to the user.
    retry: { max_attempts: 1 },
  });

  test('database connections cut, queues purged, feeds gone, processes killed: every task ends once, with its result', async () => {
    const { user, operator, platform } = onStage();
    const marker = newMarker();
    const jobs = [await user.submit(work('2', 6, marker)), await user.submit(work('0', 800, marker))];
    const jobIds = jobs.map(({ id }) => id);
    await user.until(jobIds[1] ?? '', 'some results', ({ task_counts }) => task_counts.completed > 20);
    const workerIds = (await operator.workers()).map(({ id }) => id);

    for (let times = 0; times < 3; times += 1) {
      await cutDatabase(platform);
      await forgetInFlight(platform, { workerIds, jobIds });
    }
    for (const victim of ['scheduler', 'worker-1', 'planner']) {
      await processNamed(platform, victim).kill();
      await cutDatabase(platform);
      await platform.restart(victim);
    }

    for (const { id } of jobs) {
      const job = await user.end(id, 90);
      const total = id === jobIds[0] ? 6 : 800;
      expect(job).toMatchObject({ status: 'completed', task_counts: { total, completed: total } });
      const { tasks } = await user.results(id);
      expect(tasks.map(({ result }) => result)).toEqual(tasks.map((_, index) => ({ index })));
    }
    expect(await brokenInvariants(platform)).toEqual([]);
    await waitUntil('an empty outbox', async () => (await owedMessages(platform)) === 0);
    await waitUntil('the end of every process', () => processesMarked(marker).length === 0);
    // A broken connection is everyday life: nobody ended because of it.
    for (const twin of twins) await twin.ready();
  }, 180_000);

  test('a worker that was frozen until it was given up cannot change what others did meanwhile', async () => {
    const { user, platform } = onStage();
    const marker = newMarker();
    const { id } = await user.submit(work('1', 30, marker));
    const frozen = processNamed(platform, 'worker-2');
    await user.until(id, 'work under way', ({ task_counts }) => task_counts.running >= 2);
    process.kill(frozen.pid, 'SIGSTOP');
    const job = await user.end(id, 90);
    process.kill(frozen.pid, 'SIGCONT');
    expect(job).toMatchObject({ status: 'completed', task_counts: { total: 30, completed: 30 } });
    await waitUntil('the end of every process', () => processesMarked(marker).length === 0);
    await frozen.ready();
    expect(await brokenInvariants(platform)).toEqual([]);
  }, 120_000);

  test('a job cancelled in the middle of planning 200,000 tasks ends as cancelled, all of it', async () => {
    const { user, platform } = onStage();
    const { id } = await user.submit(work('60', 200_000, newMarker()));
    await user.until(id, 'planning under way', ({ task_counts }) => task_counts.queued + task_counts.running > 0);
    await user.client.cancelJob(id);
    expect(await user.end(id)).toMatchObject({
      status: 'cancelled',
      task_counts: { total: 200_000, cancelled: 200_000 },
    });
    expect(await brokenInvariants(platform)).toEqual([]);
  });
});
