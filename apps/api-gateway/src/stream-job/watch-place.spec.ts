import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatWatchId, parseWatchId, type WatchPlace } from './watch-place.js';

const place: fc.Arbitrary<WatchPlace> = fc.oneof(
  fc.constant(null),
  fc.constant('ended' as const),
  fc.record({
    after: fc.option(
      fc
        .tuple(fc.integer({ min: 0, max: 999_999_999_999_999 }), fc.integer({ min: 0, max: 1_000_000 }))
        .map((pair) => pair.join('-')),
    ),
    skip: fc.integer({ min: 0, max: 999_999 }),
  }),
);

describe('ids of events of a watch', () => {
  test('say where the reader is in every job', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.uuid(), place), { minLength: 1, maxLength: 20 }), (jobs) => {
        const ids = jobs.map(([id]) => id);
        const places = jobs.map(([, at]) => at);
        expect(parseWatchId(ids, formatWatchId(ids, places))).toEqual(places);
      }),
    );
  });

  test.each([
    ['none', undefined],
    ['an id of another stream', '1769860800120-0'],
    ['an id for other jobs', formatWatchId(['a', 'c'], [null, null])],
    ['an id for fewer jobs', formatWatchId(['a', 'b'], [null])],
    ['something else in a place', `${formatWatchId(['a', 'b'], [null, null])}?`],
  ])('mean a beginning with snapshots: %s', (_, text) => {
    expect(parseWatchId(['a', 'b'], text)).toBeNull();
  });
});
