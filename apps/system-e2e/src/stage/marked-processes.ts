import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';

/** A word that a runner carries in its arguments, so that its processes are found from outside whatever namespace they live in. */
export const newMarker = (): string => `mark-${randomUUID()}`;

/** Process ids (of this machine's view) whose command line has the marker; zombies have no command line and do not count. */
export function processesMarked(marker: string): number[] {
  const ids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return ids.filter((id) => commandLine(id).includes(marker)).map(Number);
}

function commandLine(id: string): string {
  try {
    return readFileSync(`/proc/${id}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
