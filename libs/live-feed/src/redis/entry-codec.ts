import type { LiveEntry } from '@computalot/contracts';
import type { PositionedEntry } from '../live-feed.js';

/** An entry is one field of a stream entry. Its name says whether the writer lost entries of this job before it. */
export const ENTRY_FIELD = 'e';
export const ENTRY_AFTER_LOSS_FIELD = 'g';

/** `[id, [field, value]]`, as XRANGE and XREAD answer. */
export type RawStreamEntry = readonly [string, readonly string[]];

export interface DecodedEntries {
  readonly entries: PositionedEntry[];
  readonly isAfterLoss: boolean;
}

/** What is not ours in a stream (somebody else's entry) is passed over. */
export function decodeEntries(raw: readonly RawStreamEntry[]): DecodedEntries {
  let isAfterLoss = false;
  const entries: PositionedEntry[] = [];
  for (const [position, [field, value]] of raw) {
    if (value === undefined || (field !== ENTRY_FIELD && field !== ENTRY_AFTER_LOSS_FIELD)) continue;
    isAfterLoss ||= field === ENTRY_AFTER_LOSS_FIELD;
    entries.push({ position, entry: JSON.parse(value) as LiveEntry });
  }
  return { entries, isAfterLoss };
}
