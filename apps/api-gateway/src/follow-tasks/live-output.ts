import type { LiveFeed } from '@computalot/live-feed';

const PAGE = 500;

/** What the feed still holds of one stream of an attempt: `bytes` begin at byte `offset` of the stream. */
export async function readLiveOutput(
  feed: LiveFeed,
  jobId: string,
  { index, attempt, stream }: { index: number; attempt: number; stream: string },
): Promise<{ offset: number; bytes: Buffer }> {
  const parts: Buffer[] = [];
  let offset: number | null = null;
  let end = 0;
  for (let position: string | null = null; ;) {
    const { entries } = await feed.read(jobId, position, PAGE);
    for (const { entry } of entries) {
      if (entry.kind !== 'output' || entry.index !== index || entry.attempt !== attempt || entry.stream !== stream)
        continue;
      const bytes = Buffer.from(entry.data, 'base64');
      offset ??= entry.offset;
      // A worker that sent an entry twice repeats bytes; they are shown once.
      const fresh = parts.length === 0 ? bytes : bytes.subarray(Math.max(0, end - entry.offset));
      parts.push(fresh);
      end = Math.max(end, entry.offset + bytes.length);
    }
    const last = entries.at(-1);
    if (!last || entries.length < PAGE) return { offset: offset ?? 0, bytes: Buffer.concat(parts) };
    position = last.position;
  }
}
