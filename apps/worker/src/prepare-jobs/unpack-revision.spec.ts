import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Header, type HeaderData } from 'tar';
import { unpackRevision } from './unpack-revision.js';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'clt-unpack-'));
  mkdirSync(join(dir, 'tree'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function entry(data: HeaderData, content = ''): Buffer {
  const header = new Header({
    mode: 0o644,
    uid: 0,
    gid: 0,
    mtime: new Date(0),
    size: content.length,
    type: 'File',
    ...data,
  });
  header.encode();
  const body = Buffer.alloc(Math.ceil(content.length / 512) * 512);
  body.write(content);
  return Buffer.concat([header.block ?? Buffer.alloc(0), body]);
}

async function unpack(entries: readonly Buffer[]): Promise<void> {
  const archive = join(dir, 'archive');
  writeFileSync(archive, gzipSync(Buffer.concat([...entries, Buffer.alloc(1024)])));
  await unpackRevision(archive, join(dir, 'tree'), null);
}

describe('unpacking a revision', () => {
  test('gives files that everybody can read, without set-uid bits', async () => {
    await unpack([
      entry({ path: 'd/', type: 'Directory', mode: 0o700 }),
      entry({ path: 'd/run', mode: 0o4700 }, 'hi'),
      entry({ path: 'l', type: 'SymbolicLink', linkpath: 'd/run' }),
    ]);
    expect(readFileSync(join(dir, 'tree/l'), 'utf8')).toBe('hi');
    expect(statSync(join(dir, 'tree/d/run')).mode & 0o7777).toBe(0o744);
    expect(statSync(join(dir, 'tree/d')).mode & 0o777).toBe(0o755);
  });

  test.each<[string, Buffer[]]>([
    ['a path up', [entry({ path: '../x' }, 'evil')]],
    ['an absolute path', [entry({ path: '/tmp/clt-evil' }, 'evil')]],
    ['a link up', [entry({ path: 'l', type: 'SymbolicLink', linkpath: '../..' })]],
    ['an absolute link', [entry({ path: 'l', type: 'SymbolicLink', linkpath: '/etc' })]],
    ['a hard link out', [entry({ path: 'l', type: 'Link', linkpath: '../archive' })]],
    ['a device', [entry({ path: 'dev', type: 'CharacterDevice' })]],
    ['a pipe', [entry({ path: 'pipe', type: 'FIFO' })]],
  ])('refuses %s', async (_name, entries) => {
    await expect(unpack(entries)).rejects.toMatchObject({ code: 'runtime_init_failed' });
    expect(readdirSync(dir).sort()).toEqual(['archive', 'tree']);
  });

  test('refuses what is no archive', async () => {
    writeFileSync(join(dir, 'archive'), 'not a tar');
    await expect(unpackRevision(join(dir, 'archive'), join(dir, 'tree'), null)).rejects.toMatchObject({
      code: 'runtime_init_failed',
    });
  });
});
