import type { Redis } from 'ioredis';
import type { PositionedEntry } from '../live-feed.js';
import { comparePositions, parsePosition } from '../position.js';
import { breakSilence, COMMAND_SILENCE_MS } from './break-silence.js';
import { decodeEntries, type RawStreamEntry } from './entry-codec.js';

/** The stream's edges and the entries after a position in one look, so that nothing is trimmed between the two. */
const READ_PAGE_LUA = `
if redis.call('EXISTS', KEYS[1]) == 0 then return {} end
local info = redis.call('XINFO', 'STREAM', KEYS[1])
local facts = {}
for i = 1, #info, 2 do facts[info[i]] = info[i + 1] end
local first = facts['first-entry']
local entries = redis.call('XRANGE', KEYS[1], ARGV[1], '+', 'COUNT', ARGV[2])
return { first and first[1] or '', facts['last-generated-id'], (facts['entries-added'] or facts['length']) - facts['length'], entries }`;

type RawPage = [] | [first: string, last: string, dropped: number, entries: RawStreamEntry[]];

export interface StreamPage {
  readonly entries: PositionedEntry[];
  readonly gap: boolean;
  /** Where the next page starts. */
  readonly cursor: string | null;
  /** Whether there may be more. */
  readonly isFull: boolean;
}

/** Rejects when Redis is away. */
export async function readPage(redis: Redis, key: string, position: string | null, limit: number): Promise<StreamPage> {
  const after = position !== null && parsePosition(position) ? position : null;
  const reply = redis.eval(READ_PAGE_LUA, 1, key, after === null ? '-' : `(${after}`, limit);
  const raw = (await breakSilence(redis, COMMAND_SILENCE_MS, reply)) as RawPage;
  if (raw.length === 0) return { entries: [], gap: position !== null, cursor: null, isFull: false };
  const [first, last, dropped, rawEntries] = raw;
  if (after !== null && comparePositions(after, last) > 0) {
    // A position from a stream that no longer exists. What is kept here is older than what its reader has seen.
    return { entries: [], gap: true, cursor: last, isFull: false };
  }
  const { entries, isAfterLoss } = decodeEntries(rawEntries);
  const gap = isAfterLoss || hasGap({ position, after, first, dropped });
  return { entries, gap, cursor: rawEntries.at(-1)?.[0] ?? after, isFull: rawEntries.length >= limit };
}

interface Edges {
  readonly position: string | null;
  /** The position where it is well formed. */
  readonly after: string | null;
  readonly first: string;
  readonly dropped: number;
}

/** Cautious by one: from the entry just before the first kept one nothing is missing, but that cannot be told any more. */
function hasGap({ position, after, first, dropped }: Edges): boolean {
  if (position === null) return dropped > 0;
  return after === null || (first !== '' && comparePositions(after, first) < 0);
}
