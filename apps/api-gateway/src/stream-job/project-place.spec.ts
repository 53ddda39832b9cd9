import { describe, expect, test } from '@jest/globals';
import { newUuid } from '@computalot/kernel';
import fc from 'fast-check';
import {
  formatProjectId,
  MAX_ENDED,
  MAX_FOLLOWED,
  parseProjectId,
  type PlaceInJob,
  type ProjectPlace,
} from './project-place.js';

const project = newUuid();
const time = fc.nat(4_102_444_800_000);
const after = fc.tuple(time, fc.nat(1e9)).map(([ms, sequence]) => `${ms}-${sequence}`);
const placeInJob: fc.Arbitrary<PlaceInJob> = fc.oneof(
  fc.constant(null),
  fc.record({ endedAt: time }),
  fc.record({ after: fc.oneof(fc.constant(null), after), skip: fc.nat(200_000) }),
);
const place: fc.Arbitrary<ProjectPlace> = fc.record({
  since: time,
  jobs: fc.array(fc.tuple(fc.uuid(), placeInJob), { maxLength: 20 }).map((jobs) => new Map(jobs)),
});

describe('the id of an event of a project', () => {
  test('says where the reader is in every job', () => {
    fc.assert(fc.property(place, (at) => expect(parseProjectId(project, formatProjectId(project, at))).toEqual(at)));
  });

  test('is of its project alone, and nothing else is one', () => {
    fc.assert(fc.property(place, (at) => expect(parseProjectId(newUuid(), formatProjectId(project, at))).toBeNull()));
    fc.assert(fc.property(fc.string(), (text) => expect(parseProjectId(project, text)).toBeNull()));
    expect(parseProjectId(project, undefined)).toBeNull();
    const id = formatProjectId(project, { since: 1, jobs: new Map() });
    for (const rest of [
      '.',
      '.x',
      `.${'a'.repeat(22)}?`,
      `.${'?'.repeat(22)}`,
      '.a'.repeat(MAX_FOLLOWED + MAX_ENDED + 1),
    ])
      expect(parseProjectId(project, `${id}${rest}`)).toBeNull();
  });

  test('fits into a header when it is longest', () => {
    const followed = Array.from(
      { length: MAX_FOLLOWED },
      () => [newUuid(), { after: '1769860800120-99', skip: 99 }] as const,
    );
    const ended = Array.from({ length: MAX_ENDED }, () => [newUuid(), { endedAt: 1769860800120 }] as const);
    const jobs = new Map<string, PlaceInJob>([...followed, ...ended]);
    expect(formatProjectId(project, { since: Date.now(), jobs }).length).toBeLessThan(7_000);
  });
});
