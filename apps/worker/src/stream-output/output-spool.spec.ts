import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OutputSpool } from './output-spool.js';

const MAX = 20;

async function spool(path: string, blocks: readonly Buffer[]) {
  const tested = new OutputSpool({ path, maxBytes: MAX, onFull: () => undefined, onDrained: () => undefined });
  for (const block of blocks) tested.push(block);
  const source = await tested.settle();
  const parts: Buffer[] = [];
  for await (const part of source.open() as AsyncIterable<Buffer>) parts.push(Buffer.from(part));
  await tested.remove();
  return { source, stored: Buffer.concat(parts).toString('latin1') };
}

test('keeps everything up to the limit, else the beginning and the end with a marker between', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'clt-spool-'));
  const path = join(dir, 'x');
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ minLength: 1, maxLength: 30 }), { minLength: 1, maxLength: 12 }),
      async (texts) => {
        const blocks = texts.map((text) => Buffer.from(text));
        const all = Buffer.concat(blocks).toString('latin1');
        const { source, stored } = await spool(path, blocks);
        expect(source.size_bytes).toBe(stored.length);
        expect(source.isCut).toBe(all.length > MAX);
        if (!source.isCut) return expect(stored).toBe(all);
        const marker = `\n[computalot: ${all.length - MAX} bytes of output are not kept]\n`;
        expect(stored).toBe(all.slice(0, MAX / 2) + marker + all.slice(-MAX / 2));
      },
    ),
    { numRuns: 60 },
  );
  expect(existsSync(path)).toBe(false);
  rmSync(dir, { recursive: true });
});

test('says when the disk falls behind and when it has caught up; a broken disk is an error, not a hang', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'clt-spool-'));
  const said: string[] = [];
  const options = { maxBytes: 1e9, onFull: () => void said.push('full'), onDrained: () => void said.push('drained') };
  const slow = new OutputSpool({ path: join(dir, 'x'), ...options });
  for (let block = 0; block < 3; block += 1) slow.push(Buffer.alloc(1024 * 1024));
  expect((await slow.settle()).size_bytes).toBe(3 * 1024 * 1024);
  expect(said).toEqual(['full', 'drained']);
  const broken = new OutputSpool({ path: join(dir, 'missing', 'x'), ...options });
  broken.push(Buffer.alloc(4 * 1024 * 1024));
  await expect(broken.settle()).rejects.toThrow('ENOENT');
  expect(said).toEqual(['full', 'drained', 'full', 'drained']);
  await slow.remove();
  rmSync(dir, { recursive: true });
});
