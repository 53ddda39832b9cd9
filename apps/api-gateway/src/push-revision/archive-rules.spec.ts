import { describe, expect, test } from '@jest/globals';
import { ArchiveRules, MAX_ENTRIES, MAX_UNPACKED_BYTES, type ArchiveEntry } from './archive-rules.js';

const file = (path: string, size = 1): ArchiveEntry => ({ path, type: 'File', size });
const folder = (path: string): ArchiveEntry => ({ path, type: 'Directory', size: 0 });
const link = (path: string, linkpath: string): ArchiveEntry => ({ path, type: 'SymbolicLink', linkpath, size: 0 });
const hard = (path: string, linkpath: string): ArchiveEntry => ({ path, type: 'Link', linkpath, size: 0 });

function judge(entries: readonly ArchiveEntry[]): string | null {
  const rules = new ArchiveRules();
  for (const entry of entries) {
    const fault = rules.add(entry);
    if (fault) return fault;
  }
  return rules.finish();
}

describe('safe archives', () => {
  test.each<[string, ArchiveEntry[]]>([
    ['files and folders', [folder('./'), file('./run.py'), folder('src/'), file('src/a.py')]],
    ['names with dots', [file('..a/...b'), file('a..')]],
    ['a link to a neighbour', [file('a/x'), link('a/y', 'x')]],
    ['a link up and down again', [file('lib/x'), link('bin/x', '../lib/x')]],
    ['a link to the root', [file('a/x'), link('a/root', '..')]],
    ['a link to nothing', [file('x'), link('y', 'missing')]],
    ['a hard link to an earlier file', [file('x'), hard('y', './x'), hard('z', 'y')]],
  ])('%s', (_name, entries) => expect(judge(entries)).toBeNull());
});

describe('refused archives', () => {
  test.each<[string, ArchiveEntry[], RegExp]>([
    ['an absolute path', [file('/etc/passwd')], /absolute/],
    ['a path out', [file('../x')], /"\.\."/],
    ['a path out and in', [file('a/../../x')], /"\.\."/],
    ['an absolute link', [link('a', '/etc')], /outside/],
    ['a link out', [link('a/b', '../..')], /outside/],
    // Taken by name alone, "s/t/up/.." is "s/t"; followed, it is above the root.
    ['a link out through a link', [file('s/t/f'), link('s/t/up', '../..'), link('y', 's/t/up/..')], /outside/],
    ['links in a circle', [link('a', 'b'), link('b', 'a')], /circle/],
    ['a file behind a link', [folder('d'), link('l', 'd'), file('l/x')], /behind a link/],
    ['a file behind a link that comes later', [file('l/x'), folder('d'), link('l', 'd')], /behind a link/],
    ['a hard link out', [hard('a', '../x')], /hard link/],
    ['a hard link to a link', [file('x'), link('l', 'x'), hard('a', 'l')], /hard link/],
    ['a device', [{ path: 'null', type: 'CharacterDevice', size: 0 }], /neither/],
    ['a pipe', [{ path: 'p', type: 'FIFO', size: 0 }], /neither/],
    ['too much', [file('a', MAX_UNPACKED_BYTES), file('b', 1)], /more than 2 GB/],
    ['a name with NUL', [file('a\0b')], /no file name/],
    ['nothing', [], /empty/],
  ])('%s', (_name, entries, message) => expect(judge(entries)).toMatch(message));

  test('too many entries', () => {
    const rules = new ArchiveRules();
    let fault: string | null = null;
    for (let n = 0; n <= MAX_ENTRIES; n++) fault = rules.add(file(`f${n}`, 0));
    expect(fault).toMatch(/100000 entries/);
  });
});
