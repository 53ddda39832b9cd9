import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MAX_PROGRESS_LINE_BYTES, ProgressFilter } from './progress-filter.js';

function filter(chunks: readonly Buffer[]): { output: string; progress: string[] } {
  const output: Buffer[] = [];
  const progress: string[] = [];
  const sink = {
    onBytes: (data: Buffer) => void output.push(Buffer.from(data)),
    onProgress: (json: string) => void progress.push(json),
  };
  const tested = new ProgressFilter(sink);
  for (const chunk of chunks) tested.push(chunk);
  tested.end();
  return { output: Buffer.concat(output).toString('latin1'), progress };
}

/** The same by lines, with everything in hand. */
function model(text: string): { output: string; progress: string[] } {
  const progress: string[] = [];
  const output = text.split(/(?<=\n)/).filter((line) => {
    const match = /^COMPUTALOT_PROGRESS:(.*?)\n?$/s.exec(line);
    const isProgress = match !== null && isObject(match[1] ?? '');
    if (isProgress) progress.push((match[1] ?? '').trim());
    return !isProgress;
  });
  return { output: output.join(''), progress };
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

const piece = fc.constantFrom(
  'COMPUTALOT_PROGRESS:',
  'COMPUTALOT_',
  'C',
  'PROGRESS:',
  '{"a":1}',
  '{}',
  '[1]',
  'x',
  ' ',
  '\n',
  '\n',
  '\r\n',
  '\xff',
);
const text = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(''));
const cuts = fc.array(fc.nat(200), { maxLength: 8 });

function cutAt(data: Buffer, positions: readonly number[]): Buffer[] {
  const ends = [...positions.map((position) => Math.min(position, data.length)), data.length].sort((a, b) => a - b);
  return ends.map((end, at) => data.subarray(ends[at - 1] ?? 0, end));
}

describe('progress lines', () => {
  test('are taken out, and nothing else is, however the stream is cut', () => {
    fc.assert(
      fc.property(text, cuts, (stream, positions) => {
        expect(filter(cutAt(Buffer.from(stream, 'latin1'), positions))).toEqual(model(stream));
      }),
    );
  });

  test('that never end are output, in bounded memory', () => {
    const line = `COMPUTALOT_PROGRESS:{"a":"${'x'.repeat(MAX_PROGRESS_LINE_BYTES)}`;
    expect(filter([Buffer.from(line), Buffer.from('y"}\n')])).toEqual({ output: `${line}y"}\n`, progress: [] });
  });

  test('a prompt without newline is passed on at once', () => {
    const seen: string[] = [];
    const tested = new ProgressFilter({
      onBytes: (data) => void seen.push(data.toString()),
      onProgress: () => undefined,
    });
    tested.push(Buffer.from('name? '));
    expect(seen).toEqual(['name? ']);
  });
});
