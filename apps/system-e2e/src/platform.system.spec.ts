import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { findService, startDistributed, startStandalone, type Platform, type Shape } from '@computalot/testing';
import { aggregates } from './scenarios/aggregates.js';
import { badRunners } from './scenarios/bad-runners.js';
import { endedJobs } from './scenarios/ended-jobs.js';
import { dependencies } from './scenarios/dependencies.js';
import { eventConsumer } from './scenarios/event-consumer.js';
import { examples } from './scenarios/examples.js';
import { faults, lostMessages, lostWorkers } from './scenarios/faults.js';
import { handedArtifacts } from './scenarios/handed-artifacts.js';
import { itemFiles } from './scenarios/item-files.js';
import { live } from './scenarios/live.js';
import { manyTasks } from './scenarios/many-tasks.js';
import { mapReduce } from './scenarios/map-reduce.js';
import { recipes } from './scenarios/recipes.js';
import { reusedResults } from './scenarios/reused-results.js';
import { runtimes } from './scenarios/runtimes.js';
import { sharedValues } from './scenarios/shared-values.js';
import { stopping } from './scenarios/stopping.js';
import { tenants } from './scenarios/tenants.js';
import { uploads } from './scenarios/uploads.js';
import { keepPlacementHidden } from './stage/keep-placement-hidden.js';
import { setStage, type Stage } from './stage/stage.js';

jest.setTimeout(90_000);

const found = await Promise.all([findService('broker'), findService('live'), findService('objectStore')]);
const [brokerUrl, liveUrl, objectStoreUrl] = found.map(({ url }) => url);
const real = brokerUrl && liveUrl && objectStoreUrl ? { brokerUrl, liveUrl, objectStoreUrl } : null;

const start: Record<Shape, () => Promise<Platform>> = {
  standalone: () => startStandalone(),
  distributed: () =>
    real ? startDistributed(real) : Promise.reject(new Error(found.map(({ how }) => how).join('; '))),
};

describe.each(['standalone', 'distributed'] as const)('%s', (shape) => {
  if (shape === 'distributed' && real === null) {
    test.skip('needs RabbitMQ, Redis and S3', () => undefined);
    return;
  }
  // Apart from the stage: also a platform on which none could be set must be stopped.
  let platform: Platform | undefined;
  let stage: Stage | undefined;
  const onStage = (): Stage => {
    if (!stage) throw new Error('the platform did not start');
    return stage;
  };
  beforeAll(async () => {
    platform = await start[shape]();
    stage = await setStage(platform);
  }, 120_000);
  keepPlacementHidden(() => stage);

  examples(onStage);
  live(onStage);
  aggregates(onStage);
  badRunners(onStage);
  stopping(onStage);
  endedJobs(onStage);
  dependencies(onStage);
  mapReduce(onStage);
  recipes(onStage);
  runtimes(onStage);
  reusedResults(onStage);
  sharedValues(onStage);
  handedArtifacts(onStage);
  tenants(onStage);
  itemFiles(onStage);
  uploads(onStage);
  manyTasks(onStage);
  faults(onStage);
  if (shape === 'distributed') {
    eventConsumer(onStage);
    lostMessages(onStage);
    lostWorkers(onStage);
  }

  test('SIGTERM drains everything and every process exits 0', async () => {
    const { platform: running, answers } = onStage();
    const ends = await running.stop();
    platform = undefined;
    answers.stop();
    expect(ends).toEqual(Object.fromEntries(Object.keys(ends).map((name) => [name, 0])));
  });

  afterAll(async () => {
    await platform?.stop();
  }, 60_000);
});
