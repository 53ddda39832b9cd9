import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { verifiedBytes } from './verified-bytes.js';

const chunks = ['one ', 'two ', 'three'].map((text) => Buffer.from(text));
const sha256 = createHash('sha256').update('one two three').digest('hex');
async function* source(fault?: Error) {
  await Promise.resolve();
  yield* chunks;
  if (fault) throw fault;
}
/** What arrives, and how it ends. */
async function read(bytes: AsyncIterable<Buffer>): Promise<[string, unknown]> {
  let text = '';
  try {
    for await (const chunk of bytes) text += chunk.toString();
  } catch (error) {
    return [text, (error as { code?: unknown }).code];
  }
  return [text, 'end'];
}

test('right bytes arrive whole; of wrong ones the last never do', async () => {
  expect(await read(verifiedBytes(source(), sha256))).toEqual(['one two three', 'end']);
  expect(await read(verifiedBytes(source(), null))).toEqual(['one two three', 'end']);
  expect(await read(verifiedBytes(source(), 'f'.repeat(64)))).toEqual(['one two ', 'external_mismatch']);
});

test('a source that breaks off is named', async () => {
  const broken = verifiedBytes(source(new Error('aborted')), null);
  expect(await read(broken)).toEqual(['one two ', 'external_unavailable']);
});
