import { existsSync, readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { expect, test } from '@jest/globals';
import type { FileKind } from './file-kind.js';
import { spooled } from './spool.js';

const KIND: FileKind = { name: 'The file', maxBytes: 6, tooLarge: 'artifact_too_large', advice: '' };
const ABCDEF = 'bef57ec7f53a6d40beb640a780a639c83bc29ac8a9816f1fc6c5c6dcd93c4721';

test('a body of the largest size is a file with its hash while the work lasts', async () => {
  let at = '';
  const seen = await spooled(Readable.from([Buffer.from('abc'), Buffer.from('def')]), KIND, async (spool) => {
    at = spool.file;
    return { ...spool, text: readFileSync(spool.file, 'utf8') };
  });
  expect(seen).toEqual({ file: at, hash: ABCDEF, size_bytes: 6, text: 'abcdef' });
  expect(existsSync(at)).toBe(false);
});

test('one byte more, or a body that breaks, is never worked on', async () => {
  const work = async () => 'worked on';
  const tooMuch = Readable.from([Buffer.from('abcdef'), Buffer.from('g')]);
  await expect(spooled(tooMuch, KIND, work)).rejects.toMatchObject({ code: 'artifact_too_large' });
  const broken = new Readable({
    read() {
      this.push('abc');
      this.destroy(new Error('gone'));
    },
  });
  await expect(spooled(broken, KIND, work)).rejects.toThrow('gone');
});
