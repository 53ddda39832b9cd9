import { expect, test } from '@jest/globals';
import { calmAfter } from './calm.js';

const groups = [
  { jobId: 'short', meanRuntimeMs: 4 },
  { jobId: 'long', meanRuntimeMs: 60_000 },
  { jobId: 'unknown', meanRuntimeMs: null },
];
const workers = (...ids: string[]) => ids.map((workerId) => ({ workerId, offers: { cpu: 2 } }));
const held = (workerId: string, jobId: string, count: number) => ({ workerId, jobId, count });

test.each([
  ['nobody to serve', workers(), [], 0],
  ['an idle worker', workers('w'), [], 0],
  ['slots full but no backlog', workers('w'), [held('w', 'short', 2)], 0],
  ['long tasks', workers('w'), [held('w', 'long', 30)], 0],
  ['tasks of unknown length', workers('w'), [held('w', 'unknown', 30)], 0],
  ['the thinnest backlog counts', workers('w', 'v'), [held('w', 'short', 500), held('v', 'short', 2)], 0],
  ['a backlog of 100 × 4 ms on 2 slots', workers('w'), [held('w', 'short', 102)], 100],
  ['held before and assigned now', workers('w'), [held('w', 'short', 60), held('w', 'short', 42)], 100],
])('%s', (_name, views, leases, expected) => {
  expect(calmAfter(views, groups, leases)).toBeCloseTo(expected);
});
