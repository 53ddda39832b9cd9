import { createHash } from 'node:crypto';
import { formatShort, parseShort, type StreamPlace } from './event-id.js';

/** Where a reader is in one of the jobs it watches: before its snapshot, after an event, or behind its end. */
export type WatchPlace = null | StreamPlace | 'ended';

const ENDED = 'e';

/**
 * The id of an event of a watch says where the reader is in every job, in the order they were asked for: any gateway can go on from it, and
 * nothing has to be kept for readers that are away. Numbers are in base 36, since there may be 200 of these.
 */
export function formatWatchId(jobIds: readonly string[], places: readonly WatchPlace[]): string {
  return [markOf(jobIds), ...places.map(formatPlace)].join('.');
}

/** Null for what this server never sent for these jobs: the watch then begins with snapshots. */
export function parseWatchId(jobIds: readonly string[], text: string | undefined): WatchPlace[] | null {
  const [mark, ...parts] = (text ?? '').split('.');
  if (mark !== markOf(jobIds) || parts.length !== jobIds.length) return null;
  const places = parts.map(parsePlace);
  return places.every((place) => place !== undefined) ? places : null;
}

function formatPlace(place: WatchPlace): string {
  if (place === null) return '';
  return place === 'ended' ? ENDED : formatShort(place);
}

function parsePlace(text: string): WatchPlace | undefined {
  if (text === '') return null;
  if (text === ENDED) return 'ended';
  return parseShort(text) ?? undefined;
}

/** Tells what is watched from anything else. */
export function markOf(ids: readonly string[]): string {
  return createHash('sha256').update(ids.join()).digest('hex').slice(0, 8);
}
