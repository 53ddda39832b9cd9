import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeId, derivedUuid, encodeId, firstUuidAt, newUuid, parseTaskId, taskId } from './ids.js';

describe('TypeID', () => {
  // the published examples of the specification (valid.yml)
  test.each([
    ['prefix', 'prefix_00000000000000000000000000', '00000000-0000-0000-0000-000000000000'],
    ['prefix', 'prefix_00000000000000000000000001', '00000000-0000-0000-0000-000000000001'],
    ['prefix', 'prefix_0000000000000000000000000a', '00000000-0000-0000-0000-00000000000a'],
    ['prefix', 'prefix_0000000000000000000000000g', '00000000-0000-0000-0000-000000000010'],
    ['prefix', 'prefix_00000000000000000000000010', '00000000-0000-0000-0000-000000000020'],
    ['prefix', 'prefix_7zzzzzzzzzzzzzzzzzzzzzzzzz', 'ffffffff-ffff-ffff-ffff-ffffffffffff'],
    ['prefix', 'prefix_0123456789abcdefghjkmnpqrs', '0110c853-1d09-52d8-d73e-1194e95b5f19'],
    ['prefix', 'prefix_01h455vb4pex5vsknk084sn02q', '01890a5d-ac96-774b-bcce-b302099a8057'],
  ])('%s: %s is %s', (prefix, id, uuid) => {
    expect(encodeId(prefix, uuid)).toBe(id);
    expect(decodeId(prefix, id)).toBe(uuid);
  });

  test.each([
    ['another prefix', 'prj_01h455vb4pex5vsknk084sn02q'],
    ['no prefix', '01h455vb4pex5vsknk084sn02q'],
    ['no separator', 'job01h455vb4pex5vsknk084sn02q'],
    ['too short', 'job_01h455vb4pex5vsknk084sn02'],
    ['too long', 'job_01h455vb4pex5vsknk084sn02qq'],
    ['a line break at the end', 'job_01h455vb4pex5vsknk084sn02q\n'],
    ['more than 128 bits', 'job_8zzzzzzzzzzzzzzzzzzzzzzzzz'],
    ['upper case', 'job_01H455VB4PEX5VSKNK084SN02Q'],
    ['upper case in the prefix', 'JOB_01h455vb4pex5vsknk084sn02q'],
    ['letters outside the alphabet', 'job_01h455vb4pex5vsknk084sn0il'],
    ['a raw UUID', '01890a5d-ac96-774b-bcce-b302099a8057'],
    ['nothing', ''],
  ])('refuses %s', (_, id) => {
    expect(decodeId('job', id)).toBeNull();
  });

  test('there and back, and the order of ids is the order of UUIDs', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.uuid(), (one, other) => {
        expect(decodeId('job', encodeId('job', one))).toBe(one);
        expect(encodeId('job', one) < encodeId('job', other)).toBe(one < other);
      }),
    );
  });

  test('whatever decodes is written exactly so: no two spellings of one id', () => {
    const letters = fc.constantFrom(...'0123456789abcdefghijklmnopqrstuvwxyzABZ_-');
    fc.assert(
      fc.property(fc.string({ unit: letters, minLength: 25, maxLength: 27 }), (suffix) => {
        const uuid = decodeId('job', `job_${suffix}`);
        if (uuid !== null) expect(encodeId('job', uuid)).toBe(`job_${suffix}`);
      }),
    );
  });

  test.each(['', 'Job', 'job_', '1job'])('does not write the prefix %j', (prefix) => {
    expect(() => encodeId(prefix, newUuid())).toThrow(RangeError);
  });

  test('does not write what is no UUID', () => {
    expect(() => encodeId('job', 'x')).toThrow(RangeError);
  });
});

describe('new UUIDs', () => {
  test('are version 7 and strictly ascending, also within a millisecond', () => {
    const uuids = Array.from({ length: 20_000 }, newUuid);
    expect(uuids.every((uuid, at) => at === 0 || uuids[at - 1]! < uuid)).toBe(true);
    expect(uuids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});

describe('UUIDs derived from one', () => {
  const seeds = fc.uuid({ version: 7 });

  test('property: the seed first, then version 7, strictly ascending, of about its time, and the same again', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const uuids = Array.from({ length: 200 }, (_, n) => derivedUuid(seed, n));
        expect(uuids[0]).toBe(seed);
        for (const [at, uuid] of uuids.entries()) {
          expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
          expect(at === 0 || uuids[at - 1]! < uuid || seed.startsWith('ffffffff-ffff')).toBe(true);
        }
        expect(derivedUuid(seed, 199)).toBe(uuids[199]);
      }),
    );
  });

  test('an overflow of the random part goes to the time', () => {
    expect(derivedUuid('01890a5d-ac96-7fff-bfff-ffffffffffff', 1)).toBe('01890a5d-ac97-7000-8000-00ffffffffff');
  });
});

test('the first UUID of a time separates what was made before from what is made after', () => {
  const now = Date.now();
  expect(firstUuidAt(now - 1) > firstUuidAt(0)).toBe(true);
  const uuid = newUuid();
  expect(firstUuidAt(now) <= uuid).toBe(true);
  expect(uuid < firstUuidAt(Date.now() + 60_000)).toBe(true);
  expect(encodeId('job', firstUuidAt(now))).toMatch(/^job_/);
});

describe('task ids', () => {
  const jobUuid = '01890a5d-ac96-774b-bcce-b302099a8057';
  const job = encodeId('job', jobUuid);

  test.each([0, 7, 2_147_483_647])('index %d, there and back', (index) => {
    expect(parseTaskId(taskId(job, index))).toEqual({ jobPublicId: job, jobUuid, index });
  });

  test.each(['', '.', '.-1', '.1e3', '.01', '.1.2', '. 1', '.1 ', '.2147483648', '.99999999999'])(
    'refuses %j behind a job id',
    (tail) => {
      expect(parseTaskId(`${job}${tail}`)).toBeNull();
    },
  );

  test('refuses what is not of a job', () => {
    expect(parseTaskId(`${encodeId('art', jobUuid)}.1`)).toBeNull();
  });
});
