import { formatShort, parseShort, type StreamPlace } from './event-id.js';
import { markOf } from './watch-place.js';

/** Where a reader is in one job of the project: before its snapshot, after an event, or behind the end it came to (milliseconds since the epoch). */
export type PlaceInJob = null | StreamPlace | { readonly endedAt: number };

/** Where a reader is in a project: in each job that it follows, or that ended at `since` (milliseconds since the epoch) or later and was told to the end. */
export interface ProjectPlace {
  since: number;
  readonly jobs: Map<string, PlaceInJob>;
}

/** Open jobs of which one reader hears at once. */
export const MAX_FOLLOWED = 64;
/** Ended jobs that are told, and remembered, at once. */
export const MAX_ENDED = 128;

const UUID_LENGTH = 22;
const ENDED = '!';

export function isBehindEnd(place: PlaceInJob | undefined): place is { readonly endedAt: number } {
  return !!place && 'endedAt' in place;
}

/**
 * The id of an event of a project's stream: any gateway can go on from it, and nothing has to be kept for readers that are away. At most about 6 KB,
 * which proxies pass in a header.
 */
export function formatProjectId(projectId: string, { since, jobs }: ProjectPlace): string {
  const places = Array.from(
    jobs,
    ([id, place]) => `${Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url')}${formatPlace(place)}`,
  );
  return [markOf([projectId]), since.toString(36), ...places].join('.');
}

/** Null for what this server never sent for this project: the stream then begins with a snapshot. */
export function parseProjectId(projectId: string, text: string | undefined): ProjectPlace | null {
  const [mark, since, ...parts] = (text ?? '').split('.');
  if (mark !== markOf([projectId]) || !/^[0-9a-z]{1,9}$/.test(since ?? '') || parts.length > MAX_FOLLOWED + MAX_ENDED)
    return null;
  const jobs = new Map<string, PlaceInJob>();
  for (const part of parts) {
    const place = parsePlace(part.slice(UUID_LENGTH));
    if (place === undefined || !/^[\w-]{22}$/.test(part.slice(0, UUID_LENGTH))) return null;
    jobs.set(uuidOf(part.slice(0, UUID_LENGTH)), place);
  }
  return { since: Number.parseInt(since ?? '', 36), jobs };
}

function formatPlace(place: PlaceInJob): string {
  if (place === null) return '';
  return isBehindEnd(place) ? `${ENDED}${place.endedAt.toString(36)}` : formatShort(place);
}

function parsePlace(text: string): PlaceInJob | undefined {
  if (text === '') return null;
  const ended = /^!([0-9a-z]{1,9})$/.exec(text);
  return ended ? { endedAt: Number.parseInt(ended[1] ?? '', 36) } : (parseShort(text) ?? undefined);
}

function uuidOf(text: string): string {
  const hex = Buffer.from(text, 'base64url').toString('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
