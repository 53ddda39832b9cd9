import { ComputalotClient, type FollowedOutput } from '@computalot/sdk';
import type { CuttingFetch } from './cutting-fetch.js';

/** What one stream of an attempt was told as: bytes at their places, and the places where they are missing. */
export interface ToldStream {
  readonly parts: { readonly offset: number; readonly bytes: Uint8Array }[];
  readonly missing: { readonly offset: number; readonly missing: number | null }[];
  end: number;
}

/** Follows a job through connections that break, and holds everything it was told. */
export class Follower {
  readonly told = new Map<string, ToldStream>();

  constructor(readonly through: CuttingFetch) {}

  async follow(url: string, apiKey: string, jobId: string, signal: AbortSignal): Promise<void> {
    const client = new ComputalotClient({ url, apiKey, fetch: this.through.fetch });
    for await (const piece of client.followOutput(jobId, { signal })) this.take(piece);
  }

  private take(piece: FollowedOutput): void {
    const key = `${piece.index} ${piece.attempt} ${piece.stream}`;
    const stream = this.told.get(key) ?? { parts: [], missing: [], end: 0 };
    this.told.set(key, stream);
    if (piece.offset !== stream.end) throw new Error(`${key}: told ${stream.end} bytes, then those at ${piece.offset}`);
    if ('bytes' in piece) {
      stream.parts.push(piece);
      stream.end += piece.bytes.length;
    } else {
      stream.missing.push({ offset: piece.offset, missing: piece.missing });
      stream.end += piece.missing ?? 0;
    }
  }
}
