/** What stands in the output where a secret was written. */
export const MASK = Buffer.from('***');
/** A shorter value would be found everywhere, and what is left around it would tell more than it hides. */
export const LEAST_MASKED_BYTES = 4;

/** The values of a job's secrets as they are looked for, longest first: one may be part of another. */
export function maskedValues(secrets: Readonly<Record<string, string>>): readonly Buffer[] {
  const values = [...new Set(Object.values(secrets))].map((value) => Buffer.from(value));
  return values.filter((value) => value.length >= LEAST_MASKED_BYTES).sort((a, b) => b.length - a.length);
}

/**
 * Replaces secrets in a byte stream, also where they are split across writes. Bytes are held back only while they may still become a secret;
 * the earliest match wins, of those at one place the longest.
 */
export class SecretMask {
  private held: Buffer = Buffer.alloc(0);

  constructor(
    private readonly values: readonly Buffer[],
    private readonly onBytes: (data: Buffer) => void,
  ) {}

  push(chunk: Buffer): void {
    let data = this.held.length > 0 ? Buffer.concat([this.held, chunk]) : chunk;
    for (;;) {
      const found = this.firstIn(data);
      if (!found) break;
      // A longer secret may begin there or before, and is not complete yet.
      const possible = this.startOfPossible(data);
      if (possible <= found.at) return this.hold(data, possible);
      this.pass(data.subarray(0, found.at));
      this.onBytes(MASK);
      data = data.subarray(found.at + found.length);
    }
    this.hold(data, this.startOfPossible(data));
  }

  /** No byte comes any more: what was held back is no secret, or a shorter one. */
  end(): void {
    let data = this.held;
    this.held = Buffer.alloc(0);
    for (let found = this.firstIn(data); found; found = this.firstIn(data)) {
      this.pass(data.subarray(0, found.at));
      this.onBytes(MASK);
      data = data.subarray(found.at + found.length);
    }
    this.pass(data);
  }

  private firstIn(data: Buffer): { at: number; length: number } | null {
    let first: { at: number; length: number } | null = null;
    // Longest first: an equal place does not replace the longer match.
    for (const { length, at } of this.values.map((value) => ({ length: value.length, at: data.indexOf(value) }))) {
      if (at >= 0 && (!first || at < first.at)) first = { at, length };
    }
    return first;
  }

  /** Where the earliest unfinished secret at the end of `data` begins; its length when there is none. */
  private startOfPossible(data: Buffer): number {
    const longest = (this.values[0]?.length ?? 1) - 1;
    for (let at = Math.max(0, data.length - longest); at < data.length; at++) {
      const left = data.length - at;
      if (this.values.some((value) => value.length > left && data.compare(value, 0, left, at) === 0)) return at;
    }
    return data.length;
  }

  private hold(data: Buffer, from: number): void {
    this.pass(data.subarray(0, from));
    // A copy: the chunk it came in may be large.
    this.held = Buffer.from(data.subarray(from));
  }

  private pass(data: Buffer): void {
    if (data.length > 0) this.onBytes(data);
  }
}
