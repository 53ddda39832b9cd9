const KEPT_BYTES = 4_096;

/** The last of what was written, for an error's message. */
export class OutputTail {
  private bytes = Buffer.alloc(0);

  readonly push = (data: Buffer): void => {
    const all = Buffer.concat([this.bytes, data]);
    this.bytes = all.subarray(Math.max(0, all.length - KEPT_BYTES));
  };

  /** A sentence to append. */
  toString(): string {
    const text = this.bytes.toString('utf8').replaceAll('\0', '').trim();
    return text === '' ? ' It wrote nothing.' : ` Its output ends:\n${text}`;
  }
}
