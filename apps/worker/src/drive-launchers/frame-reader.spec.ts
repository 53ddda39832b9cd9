import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FrameReader } from './frame-reader.js';
import type { ExitFrame } from './launcher-protocol.js';

const exit: ExitFrame = { t: 'exit', id: 1, cause: 'exit', started: 1, finished: 2, code: 0, result: { form: 'none' } };
const stream = Buffer.concat([
  Buffer.from('{"t":"ready","sandbox":"namespaces","notes":["ü"]}\n'),
  Buffer.from('{"t":"out","s":0,"n":5}\na\n{}\n'),
  Buffer.from('{"t":"out","s":1,"n":3}\nerr'),
  Buffer.from(`${JSON.stringify({ ...exit, n: 4 })}\n{\n}\n`),
  Buffer.from(`${JSON.stringify(exit)}\n`),
]);

test('frames are the same however the bytes arrive', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(stream.length), { maxLength: 12 }), (positions) => {
      const seen = { ready: 0, out: ['', ''], exits: [] as string[] };
      const reader = new FrameReader({
        onReady: ({ notes }) => void (seen.ready += notes[0] === 'ü' ? 1 : 0),
        onOutput: (which, data) => void (seen.out[which] += data.toString()),
        onExit: (_frame, result) => void seen.exits.push(result.toString()),
      });
      const ends = [...positions, stream.length].sort((a, b) => a - b);
      ends.forEach((end, at) => reader.feed(stream.subarray(ends[at - 1] ?? 0, end)));
      expect(seen).toEqual({ ready: 1, out: ['a\n{}\n', 'err'], exits: ['{\n}\n', ''] });
    }),
  );
});
