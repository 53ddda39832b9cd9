import { expect, test } from '@jest/globals';
import { formatEventId, parseEventId } from './event-id.js';

test.each([
  { after: null, skip: 0 },
  { after: null, skip: 3 },
  { after: '1700000000000-12', skip: 0 },
  { after: '1700000000000-12', skip: 499 },
])('%j survives the way to the reader and back', (place) => expect(parseEventId(formatEventId(place))).toEqual(place));

test.each([undefined, '', 'x', '1-', '1-2~', '1-2~x', '1-2~1234567', "1-2'; --"])('%j is nobody’s id', (text) =>
  expect(parseEventId(text)).toBeNull(),
);
