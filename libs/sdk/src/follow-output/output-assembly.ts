import type { OutputObject } from '@computalot/contracts';

export interface StreamOfAttempt {
  readonly index: number;
  readonly attempt: number;
  readonly stream: 'stdout' | 'stderr';
}

/** Bytes of a stream, `offset` that of the first. */
export type OutputBytes = StreamOfAttempt & { readonly offset: number; readonly bytes: Uint8Array };

/** From `offset` on so many bytes of the stream are nowhere any more; null: nobody knows how many, and nothing of this stream follows. */
export type OutputMissing = StreamOfAttempt & { readonly offset: number; readonly missing: number | null };

export type FollowedOutput = OutputBytes | OutputMissing;

/** Where output can be read again. */
export interface KeptOutput {
  /** What is kept of an attempt, archived or live; streams that nothing is known of are left out. */
  look(index: number, attempt: number): Promise<readonly OutputObject[]>;
  /** The kept bytes from `from` on, in order; those that are not kept are passed over. */
  read(output: OutputObject, from: number): AsyncIterable<OutputBytes>;
}

interface Cursor {
  /** Bytes told so far. */
  next: number;
  /** The feed has lost what comes next: it is told when the attempt has ended. Of a window only older bytes get lost, so it is not asked again. */
  waits: boolean;
}

const STREAMS = ['stdout', 'stderr'] as const;

/**
 * Puts each stream of each attempt together by offset, whatever arrives how often: every byte is told once, in order, or said to be missing.
 * Holds no bytes: what cannot be told in order is read again when its turn comes. Keeps a few numbers for each task.
 */
export class OutputAssembly {
  private readonly cursors = new Map<number, Map<string, Cursor>>();
  /** Task → the attempts up to this one have been told to their end. */
  private readonly settled = new Map<number, number>();

  constructor(private readonly kept: KeptOutput) {}

  /** Bytes that arrived. A hole before them is filled from what is kept, if it is. */
  async *take(piece: OutputBytes): AsyncGenerator<FollowedOutput> {
    const { index, attempt, stream, offset, bytes } = piece;
    if (attempt <= this.settledOf(index)) return;
    const cursor = this.cursorOf(piece);
    if (offset > cursor.next && !cursor.waits) yield* this.catchUp(index, attempt, stream);
    cursor.waits = offset > cursor.next;
    if (!cursor.waits) yield* advance(cursor, { ...piece, bytes });
  }

  /** What is kept of a running attempt beyond what was told, as far as nothing lies between. */
  async *catchUp(index: number, attempt: number, only?: StreamOfAttempt['stream']): AsyncGenerator<FollowedOutput> {
    if (attempt <= this.settledOf(index)) return;
    for (const output of await this.kept.look(index, attempt)) {
      if (only !== undefined && output.stream !== only) continue;
      const cursor = this.cursorOf(output);
      if (output.archived || output.offset <= cursor.next) yield* this.deliver(output, cursor);
      else cursor.waits = true;
    }
  }

  /** The rest of every attempt up to this one: they have ended. */
  async *settle(index: number, attempt: number): AsyncGenerator<FollowedOutput> {
    for (let each = this.settledOf(index) + 1; each <= attempt; each += 1) {
      const outputs = await this.kept.look(index, each);
      for (const stream of STREAMS) yield* this.finish({ index, attempt: each, stream }, outputs);
      this.settled.set(index, each);
      for (const key of STREAMS) this.cursors.get(index)?.delete(keyOf({ attempt: each, stream: key }));
    }
  }

  /** Attempts that something was told of and that are not known to have ended. */
  get open(): { readonly index: number; readonly attempt: number }[] {
    return [...this.cursors].flatMap(([index, cursors]) =>
      [...new Set([...cursors.keys()].map(attemptOf))].map((attempt) => ({ index, attempt })),
    );
  }

  private async *finish(of: StreamOfAttempt, outputs: readonly OutputObject[]): AsyncGenerator<FollowedOutput> {
    const output = outputs.find(({ stream }) => stream === of.stream);
    if (output) yield* this.deliver(output, this.cursorOf(of));
    const isArchived = outputs.some(({ archived }) => archived);
    const cursor = this.cursors.get(of.index)?.get(keyOf(of));
    // Its worker was lost, and what it wrote last with it.
    if (cursor && !isArchived) yield { ...of, offset: cursor.next, missing: null };
  }

  private async *deliver(output: OutputObject, cursor: Cursor): AsyncGenerator<FollowedOutput> {
    for await (const piece of this.kept.read(output, cursor.next)) yield* advance(cursor, piece);
    const { index, attempt, stream, archived, size_bytes } = output;
    if (archived && size_bytes > cursor.next) yield* skip(cursor, { index, attempt, stream }, size_bytes);
  }

  private settledOf(index: number): number {
    return this.settled.get(index) ?? 0;
  }

  private cursorOf(of: StreamOfAttempt): Cursor {
    const cursors = this.cursors.get(of.index) ?? new Map<string, Cursor>();
    this.cursors.set(of.index, cursors);
    const cursor = cursors.get(keyOf(of)) ?? { next: 0, waits: false };
    cursors.set(keyOf(of), cursor);
    return cursor;
  }
}

const keyOf = ({ attempt, stream }: Pick<StreamOfAttempt, 'attempt' | 'stream'>): string => `${attempt} ${stream}`;
const attemptOf = (key: string): number => Number.parseInt(key, 10);

/** Tells the part of a piece that is new; what was passed over before it is missing. */
function* advance(cursor: Cursor, { index, attempt, stream, offset, bytes }: OutputBytes): Generator<FollowedOutput> {
  if (offset > cursor.next) yield* skip(cursor, { index, attempt, stream }, offset);
  const fresh = bytes.subarray(cursor.next - offset);
  if (fresh.length === 0) return;
  const from = cursor.next;
  cursor.next += fresh.length;
  yield { index, attempt, stream, offset: from, bytes: fresh };
}

function* skip(cursor: Cursor, of: StreamOfAttempt, to: number): Generator<FollowedOutput> {
  const from = cursor.next;
  cursor.next = to;
  yield { ...of, offset: from, missing: to - from };
}
