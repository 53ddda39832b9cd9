import { describe, expect, test } from '@jest/globals';
import { encodeId, newUuid } from '@computalot/kernel';
import { TaskFingerprints } from '../fingerprint/index.js';
import { specPartText } from '../items/index.js';
import { planJob } from '../plan-job.js';
import { taskPayload } from '../task-payload.js';
import { downloadsOf } from './read-downloads.js';
import { artifactsIn, inputsOf } from './with-artifacts.js';

const job_id = encodeId('job', newUuid());
const artifact_id = encodeId('art', newUuid());
const ofJob = { job_id, artifact: 'out/model.json' };

describe('what a payload asks for', () => {
  test('is read', () => {
    const payload = { _artifacts: { download: { a: { artifact_id }, b: { ...ofJob, task: 3 } } } };
    expect(planJob({ payload })).toMatchObject({ ok: true });
    expect(downloadsOf(payload)).toEqual([
      { name: 'a', artifact_id },
      { name: 'b', ...ofJob, task: 3 },
    ]);
  });

  test.each([null, {}, { download: null }, { download: {} }])('may be nothing: %j', (_artifacts) => {
    expect(planJob({ payload: { _artifacts } })).toMatchObject({ ok: true });
    expect(downloadsOf({ _artifacts })).toEqual([]);
  });

  test.each<[unknown, string]>([
    [7, ''],
    [{ upload: {} }, '/upload'],
    [{ download: [] }, '/download'],
    [{ download: Object.fromEntries(Array.from({ length: 101 }, (_, i) => [i, { artifact_id }])) }, '/download'],
    [{ download: { '../x': { artifact_id } } }, '/download/..~1x'],
    [{ download: { '..': { artifact_id } } }, '/download/..'],
    [{ download: { 'map-results.jsonl': { artifact_id } } }, '/download/map-results.jsonl'],
    [{ download: JSON.parse(`{"__proto__": {"artifact_id": "${artifact_id}"}}`) }, '/download/__proto__'],
    [{ download: { a: 7 } }, '/download/a'],
    [{ download: { a: {} } }, '/download/a/job_id'],
    [{ download: { a: { artifact_id: job_id } } }, '/download/a/artifact_id'],
    [{ download: { a: { artifact_id, sha256: 'f'.repeat(64) } } }, '/download/a/sha256'],
    [{ download: { a: { job_id } } }, '/download/a/artifact'],
    [{ download: { a: { job_id, artifact: '' } } }, '/download/a/artifact'],
    [{ download: { a: { ...ofJob, task: -1 } } }, '/download/a/task'],
    [{ download: { a: { ...ofJob, path: '/etc/passwd' } } }, '/download/a/path'],
  ])('%j is refused at %s', (_artifacts, pointer) => {
    expect(planJob({ payload: { _artifacts } })).toMatchObject({ ok: false, pointer: `/payload/_artifacts${pointer}` });
  });
});

describe('artifacts that were found', () => {
  const payload = { _artifacts: { download: { data: ofJob } }, ks: [1] };
  const found = { artifact_id, sha256: 'f'.repeat(64), size_bytes: 3 };
  const benchmark = { strategies: [{ name: 's' }], cases: [{}], objective: { metric: 'm', goal: 'maximize' } };

  test.each<[string, object]>([
    ['one task', { payload }],
    ['by', { payload, fan_out: { by: 'ks' } }],
    ['items', { payload, fan_out: { items: [{ n: 1 }] } }],
    ['batched items', { payload, fan_out: { items: [{ n: 1 }] }, batch_size: 2 }],
    ['chunks', { payload, fan_out: { chunks: 1, range_field: 'n', total: 2 } }],
    [
      'a sweep',
      { type: 'sweep', payload, sweep: { parameters: { x: [1] }, objective: { metric: 'm', goal: 'minimize' } } },
    ],
    ['a benchmark', { type: 'benchmark', payload, benchmark }],
    ['map_reduce', { type: 'map_reduce', payload, fan_out: { by: 'ks' }, reduce: { builtin: 'count' } }],
  ])('are in the payload of each task, and in its fingerprint: %s', (_name, submission) => {
    const specWith = (data: typeof found) => {
      const planned = planJob(submission, 1, { artifacts: { data } });
      if (!planned.ok) throw new Error(planned.detail);
      return planned.spec;
    };
    expect(taskPayload(specWith(found), 0)).toMatchObject({
      _artifacts: { download: { data: { ...ofJob, ...found } } },
    });
    expect(inputsOf(specWith(found).payload)).toMatchObject([{ name: 'data', ...found }]);
    const inputs = { account_id: 'a', revision: null, command: ['x'], env: {}, secrets: {} };
    const printOf = (data: typeof found) => new TaskFingerprints(inputs, specWith(data)).of(0);
    expect(printOf({ ...found })).toBe(printOf(found));
    expect(printOf({ ...found, artifact_id: encodeId('art', newUuid()) })).not.toBe(printOf(found));
  });

  test('are in the parts of a spec', () => {
    const whole = { _artifacts: { download: { data: { ...ofJob, ...found } } }, x: 1 };
    const options = { start: 0, total: 1, batchSize: undefined, payload: whole };
    const part: unknown = JSON.parse(specPartText(['{"n":1}'], options));
    expect(taskPayload(part as never, 0)).toMatchObject({ n: 1, _artifacts: whole._artifacts });
    expect(inputsOf((part as { payload: object }).payload as never)).toHaveLength(1);
  });

  test('get their paths where they lie', () => {
    const download = { data: { ...ofJob, ...found, path: '/in/data' } };
    expect(artifactsIn('/in', { _artifacts: { download: { data: { ...ofJob, ...found } } } })).toEqual({
      _artifacts: { download },
    });
  });
});
