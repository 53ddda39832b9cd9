import { expect, test } from '@jest/globals';
import { explainPending, positionBehind } from './explain-pending.js';
import type { Resources } from './types.js';

const explain = (requirements: Resources, ...offers: Resources[]) =>
  explainPending(
    { requirements },
    offers.map((each) => ({ offers: each })),
  );

test.each<[string, Resources, Resources[], string]>([
  ['no worker at all', { cpu: 1 }, [], 'No worker is ready.'],
  ['the largest offer', { cpu: 4 }, [{ cpu: 1 }, { cpu: 2 }], 'needs 4 cpu; the largest ready worker offers 2.'],
  ['nothing offered', { gpu: 1 }, [{ cpu: 2 }], 'needs 1 gpu; the largest ready worker offers 0.'],
  [
    'gpu memory',
    { gpu: 1, gpu_memory_gb: 40 },
    [{ gpu: 2, gpu_memory_gb: 24 }],
    'needs 40 GB of memory per gpu; the largest ready worker offers 24.',
  ],
  [
    'a label',
    { labels: { zone: 'a' } },
    [{ cpu: 1, labels: { zone: 'b' } }],
    'needs the label zone=a, which no ready worker has.',
  ],
  [
    'parts that nobody has together',
    { cpu: 8, gpu: 1 },
    [{ cpu: 8 }, { cpu: 2, gpu: 1 }],
    'No ready worker offers all of it together: needs 1 gpu; the nearest ready worker offers 0.',
  ],
  [
    'a label that only another worker has',
    { cpu: 4, labels: { zone: 'a' } },
    [{ cpu: 2, labels: { zone: 'a' } }, { cpu: 4 }],
    'No ready worker offers all of it together: needs 4 cpu; the nearest ready worker offers 2.',
  ],
  [
    'several at once',
    { cpu: 4, gpu: 1, labels: { zone: 'a' } },
    [{ cpu: 2 }],
    'needs 4 cpu; the largest ready worker offers 2; needs 1 gpu; the largest ready worker offers 0; needs the label zone=a, which no ready worker has.',
  ],
])('nearest miss: %s', (_, requirements, offers, detail) => {
  expect(explain(requirements, ...offers)).toEqual({ code: 'no_worker_satisfies', detail });
});

test('a worker that satisfies is a matter of capacity', () => {
  expect(explain({ cpu: 1 }, { cpu: 1 }, { cpu: 4 })).toEqual({
    code: 'waiting_for_capacity',
    detail: '2 ready workers satisfy the requirements; what they offer is taken by other tasks.',
  });
});

test('max_parallel is named when it is what holds', () => {
  const workers = [{ offers: { cpu: 1 } }];
  expect(explainPending({ requirements: { cpu: 1 }, parallelLeft: 0 }, workers).code).toBe('max_parallel');
  expect(explainPending({ requirements: { cpu: 2 }, parallelLeft: 0 }, workers).code).toBe('no_worker_satisfies');
});

test('jobs that no worker can run hold nobody up in the queue', () => {
  const workers = [{ offers: { cpu: 2 } }, { offers: { cpu: 1, gpu: 1 } }];
  const ahead = [
    { requirements: { cpu: 2 }, jobs: 3 },
    { requirements: { gpu: 1 }, jobs: 2 },
    { requirements: { cpu: 2, gpu: 1 }, jobs: 100 },
  ];
  expect(positionBehind(ahead, workers)).toBe(6);
  expect(positionBehind([], workers)).toBe(1);
});
