const MARKER = Buffer.from('COMPUTALOT_PROGRESS:');
const MARKER_ON_NEW_LINE = Buffer.from('\nCOMPUTALOT_PROGRESS:');
const NEWLINE = 10;
const EMPTY: Buffer = Buffer.alloc(0);
/** A progress line longer than this is output like any other: nothing is collected without bound. */
export const MAX_PROGRESS_LINE_BYTES = 64 * 1024;

export interface ProgressSink {
  onBytes(data: Buffer): void;
  /** JSON text of the object of a progress line. */
  onProgress(json: string): void;
}

/**
 * Takes `COMPUTALOT_PROGRESS:{json}` lines out of a byte stream. Holds bytes back only while the current line may still become such a line.
 * Lines whose text is not a JSON object stay what they are: output.
 */
export class ProgressFilter {
  private held = EMPTY;
  private atLineStart = true;

  constructor(private readonly sink: ProgressSink) {}

  push(chunk: Buffer): void {
    let data = this.held.length > 0 ? Buffer.concat([this.held, chunk]) : chunk;
    this.held = EMPTY;
    while (data.length > 0) {
      const rest = this.atLineStart ? this.takeLineStart(data) : this.takeOutput(data);
      if (rest === null) return;
      data = rest;
    }
  }

  /** The stream has ended: a last line without newline counts too. */
  end(): void {
    const { held } = this;
    this.held = EMPTY;
    if (held.length > 0 && !this.takeProgress(held)) this.sink.onBytes(held);
  }

  /** Looks at the first line of `data`. Null: more bytes are needed. */
  private takeLineStart(data: Buffer): Buffer | null {
    const known = Math.min(data.length, MARKER.length);
    if (data.compare(MARKER, 0, known, 0, known) !== 0) {
      this.atLineStart = false;
      return data;
    }
    const end = data.indexOf(NEWLINE);
    if (end < 0 && data.length <= MAX_PROGRESS_LINE_BYTES) {
      // A copy: the chunk it came in may be large.
      this.held = Buffer.from(data);
      return null;
    }
    if (end >= 0 && this.takeProgress(data.subarray(0, end))) return data.subarray(end + 1);
    this.atLineStart = false;
    return data;
  }

  /** Passes on everything up to the next line that may be a progress line. */
  private takeOutput(data: Buffer): Buffer {
    const found = data.indexOf(MARKER_ON_NEW_LINE);
    const end = found >= 0 ? found + 1 : endOfPlainOutput(data);
    this.sink.onBytes(data.subarray(0, end));
    this.atLineStart = data[end - 1] === NEWLINE;
    return data.subarray(end);
  }

  private takeProgress(line: Buffer): boolean {
    if (line.length <= MARKER.length || !line.subarray(0, MARKER.length).equals(MARKER)) return false;
    const text = line.toString('utf8', MARKER.length).trim();
    try {
      const value: unknown = JSON.parse(text);
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    } catch {
      return false;
    }
    this.sink.onProgress(text);
    return true;
  }
}

/** Length of `data` without a last, unfinished line that begins like the marker. */
function endOfPlainOutput(data: Buffer): number {
  const lineStart = data.lastIndexOf(NEWLINE) + 1;
  const line = data.length - lineStart;
  const isMarkerBegun =
    lineStart > 0 && line > 0 && line < MARKER.length && data.compare(MARKER, 0, line, lineStart) === 0;
  return isMarkerBegun ? lineStart : data.length;
}
