import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Outside } from './outside.js';

/** Puts the archive of these files where grants of revisions lead, and returns its hash. */
export function pushRevision(outside: Outside, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'clt-rev-'));
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text, { mode: 0o755 });
    }
    const archive = execFileSync('tar', ['czf', '-', '-C', folder, '.']);
    outside.objects.set('revision', archive);
    return createHash('sha256').update(archive).digest('hex');
  } finally {
    rmSync(folder, { recursive: true });
  }
}
