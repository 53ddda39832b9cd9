import type { LiveOutput } from '@computalot/contracts';
import type { LiveFeed } from '@computalot/live-feed';

const PAGE = 500;

/** What the feed holds up to the end of one stream of an attempt, without a hole: `bytes` begin at byte `offset` of the stream. */
export interface LiveStream {
  readonly offset: number;
  readonly bytes: Buffer;
}

interface Pieces {
  readonly offset: number;
  end: number;
  readonly parts: Buffer[];
}

/** Of the given attempts (by index of the task), in one pass over the job's feed; by {@link streamKey}. */
export async function readLiveOutput(
  feed: LiveFeed,
  jobId: string,
  attempts: ReadonlyMap<number, number>,
): Promise<Map<string, LiveStream>> {
  const streams = new Map<string, Pieces>();
  for (let position: string | null = null; ;) {
    const { entries } = await feed.read(jobId, position, PAGE);
    for (const { entry } of entries) {
      if (entry.kind === 'output' && attempts.get(entry.index) === entry.attempt) take(streams, entry);
    }
    const last = entries.at(-1);
    if (!last || entries.length < PAGE) break;
    position = last.position;
  }
  return new Map(Array.from(streams, ([key, { offset, parts }]) => [key, { offset, bytes: Buffer.concat(parts) }]));
}

export function streamKey(index: number, stream: string): string {
  return `${index}/${stream}`;
}

function take(streams: Map<string, Pieces>, { index, stream, offset, data }: LiveOutput): void {
  const key = streamKey(index, stream);
  const bytes = Buffer.from(data, 'base64');
  const before = streams.get(key);
  // The feed lost what lies between: bytes on both sides of a hole are no neighbours.
  const pieces = before && offset <= before.end ? before : { offset, end: offset, parts: [] };
  // A worker that sent an entry twice repeats bytes; they are shown once.
  pieces.parts.push(bytes.subarray(Math.max(0, pieces.end - offset)));
  pieces.end = Math.max(pieces.end, offset + bytes.length);
  streams.set(key, pieces);
}
