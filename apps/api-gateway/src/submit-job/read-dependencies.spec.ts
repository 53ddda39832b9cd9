import { describe, expect, test } from '@jest/globals';
import { encodeId, newUuid } from '@computalot/kernel';
import { MAX_DEPENDENCIES, readDependencies, refuseUnknown } from './read-dependencies.js';

const [a, b] = [newUuid(), newUuid()];
const [jobA, jobB] = [encodeId('job', a), encodeId('job', b)];
const pointers = (value: unknown) => readDependencies(value).faults.map(({ pointer }) => pointer);

describe('depends_on', () => {
  test('takes ids and objects, with the condition completed when none is said', () => {
    const { dependencies, faults } = readDependencies([jobA, { job_id: jobB, condition: 'terminal' }]);
    expect(faults).toEqual([]);
    expect(dependencies).toEqual([
      { job_id: a, condition: 'completed' },
      { job_id: b, condition: 'terminal' },
    ]);
    expect(readDependencies([{ job_id: jobA, condition: null }]).dependencies).toEqual([
      { job_id: a, condition: 'completed' },
    ]);
  });

  test.each([undefined, null, [], 'job_1', {}])('%j names nothing', (value) => {
    expect(readDependencies(value)).toEqual({ dependencies: [], faults: [] });
  });

  test.each<[unknown[], string[]]>([
    [['job_1'], ['/depends_on/0']],
    [[a], ['/depends_on/0']],
    [[encodeId('art', a)], ['/depends_on/0']],
    [[7], ['/depends_on/0']],
    [[null], ['/depends_on/0']],
    [[[jobA]], ['/depends_on/0']],
    [[jobA, {}], ['/depends_on/1/job_id']],
    [[jobA, { job_id: 3 }], ['/depends_on/1/job_id']],
    [[{ job_id: jobA, condition: 'failed' }], ['/depends_on/0/condition']],
    [[{ job_id: jobA, when: 'terminal' }], ['/depends_on/0/when']],
    [[{ id: jobA, condition: 1 }], ['/depends_on/0/id', '/depends_on/0/job_id', '/depends_on/0/condition']],
    [[jobA, jobB, { job_id: jobA, condition: 'terminal' }], ['/depends_on/2']],
    [
      [jobA, jobA, jobA],
      ['/depends_on/1', '/depends_on/2'],
    ],
    [
      [{ job_id: jobA, condition: 'no' }, jobA],
      ['/depends_on/0/condition', '/depends_on/1'],
    ],
  ])('%j has faults', (value, expected) => {
    expect(pointers(value)).toEqual(expected);
  });

  test('says which entry names the same job', () => {
    expect(readDependencies([jobB, jobA, jobA]).faults[0]?.detail).toContain('entry 1');
  });

  test('looks at no more entries than are allowed', () => {
    expect(pointers(Array(MAX_DEPENDENCIES + 5).fill('x'))).toHaveLength(MAX_DEPENDENCIES);
  });
});

test('each entry that the account does not have is pointed at', () => {
  const { dependencies } = readDependencies([jobA, jobB, encodeId('job', newUuid())]);
  const refuse = () => refuseUnknown(dependencies, new Set([b]));
  expect(refuse).toThrow(
    expect.objectContaining({
      code: 'dependency_not_found',
      extra: {
        errors: [
          { pointer: '/depends_on/0', detail: 'is no job of this account' },
          { pointer: '/depends_on/2', detail: 'is no job of this account' },
        ],
      },
    }),
  );
  expect(() => refuseUnknown(dependencies, new Set(dependencies.map(({ job_id }) => job_id)))).not.toThrow();
});
