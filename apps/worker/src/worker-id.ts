import { newUuid } from '@computalot/kernel';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The id of the worker that owns this data directory; made at its first start. */
export function loadWorkerId(dataDir: string): string {
  const path = join(dataDir, 'worker-id');
  mkdirSync(dataDir, { recursive: true, mode: 0o711 });
  try {
    const id = readFileSync(path, 'utf8').trim();
    if (UUID.test(id)) return id;
  } catch {
    // First start.
  }
  const id = newUuid();
  writeFileSync(path, `${id}\n`, { mode: 0o600 });
  return id;
}
