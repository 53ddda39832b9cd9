import { expect, test } from '@jest/globals';
import type { LiveJob } from '@computalot/contracts';
import type { JobRow } from '@computalot/database';
import { hasGrown } from './counted-job.js';

const job = { task_total: 10 } as JobRow;
const told = (task_counts: LiveJob['task_counts']): LiveJob => ({
  kind: 'job',
  status: 'running',
  task_counts,
  terminal: false,
});

test.each<[string, LiveJob['task_counts'], boolean]>([
  ['its map has ended', { completed: 9, failed: 1 }, false],
  ['tasks are still being inserted', { completed: 2, queued: 3 }, false],
  ['reduce tasks were added', { completed: 9, failed: 1, queued: 2 }, true],
])('a job of 10 tasks of which the feed tells that %s', (_what, counts, expected) => {
  expect(hasGrown(job, told(counts))).toBe(expected);
});
