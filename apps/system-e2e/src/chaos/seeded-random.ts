/** Numbers that a seed decides. */
export class SeededRandom {
  constructor(private state: number) {}

  /** At least `from`, below `to`. */
  integer(from: number, to: number): number {
    // mulberry32
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return from + Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * (to - from));
  }

  pick<T>(choices: readonly T[]): T {
    const choice = choices[this.integer(0, choices.length)];
    if (choice === undefined) throw new Error('nothing to choose from');
    return choice;
  }

  shuffled<T>(all: readonly T[]): T[] {
    return all
      .map((value) => ({ value, at: this.integer(0, 2 ** 30) }))
      .sort((a, b) => a.at - b.at)
      .map(({ value }) => value);
  }
}
