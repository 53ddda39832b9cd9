import { isUtf8 } from 'node:buffer';
import { DomainError } from '@computalot/kernel';

/** A line of a file of JSON Lines that is not blank. */
export interface ItemLine {
  /** Its number in the file, from 1. */
  readonly number: number;
  readonly text: string;
  readonly bytes: number;
}

const NEWLINE = 0x0a;
const BOM = '\ufeff';

/** Thrown with a detail that names the line and says what is wrong. */
export type ItemsFault = DomainError<'invalid_items'>;
export const itemsFault = (line: number, detail: string): ItemsFault =>
  new DomainError('invalid_items', `line ${line} ${detail}`);

/**
 * The lines of a file, as its bytes come: those that end in each chunk. Holds no more than a chunk and one line; blank lines are passed over.
 *
 * @throws ItemsFault for a line that is longer than `maxBytes` or not UTF-8
 */
export async function* itemLinesOf(chunks: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<ItemLine[]> {
  const cutter = new LineCutter(maxBytes);
  for await (const chunk of chunks) yield cutter.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
  yield cutter.end();
}

class LineCutter {
  private begun: Buffer[] = [];
  private begunBytes = 0;
  private number = 0;

  constructor(private readonly maxBytes: number) {}

  push(chunk: Buffer): ItemLine[] {
    const lines: ItemLine[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      this.take(chunk.subarray(start, end));
      this.endLine(lines);
      start = end + 1;
    }
    this.take(chunk.subarray(start));
    return lines;
  }

  end(): ItemLine[] {
    const lines: ItemLine[] = [];
    if (this.begunBytes > 0) this.endLine(lines);
    return lines;
  }

  private take(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.begun.push(bytes);
    this.begunBytes += bytes.length;
    if (this.begunBytes > this.maxBytes) throw itemsFault(this.number + 1, `is longer than ${this.maxBytes} bytes`);
  }

  private endLine(lines: ItemLine[]): void {
    const line = this.begun.length === 1 && this.begun[0] ? this.begun[0] : Buffer.concat(this.begun);
    this.begun = [];
    this.begunBytes = 0;
    this.number += 1;
    if (!isUtf8(line)) throw itemsFault(this.number, 'is not UTF-8');
    const whole = line.toString('utf8');
    const text = (this.number === 1 && whole.startsWith(BOM) ? whole.slice(1) : whole).trim();
    if (text !== '') lines.push({ number: this.number, text, bytes: line.length });
  }
}
