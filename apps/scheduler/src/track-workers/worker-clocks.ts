import { Injectable } from '@nestjs/common';

/** How long a smallest delay is remembered, at least: a worker's clock that was set is followed after twice this. */
const WINDOW_MS = 60_000;

interface Delays {
  readonly since: number;
  /** Smallest difference of this process's clock and the worker's, in this window and in the one before. */
  readonly least: number;
  readonly before: number;
}

/**
 * How old a worker's message is, whatever its clock says. The two clocks differ by an unknown offset; a message that came at once shows it, so that
 * any other is as old as its difference is larger than the smallest seen lately.
 */
@Injectable()
export class WorkerClocks {
  private readonly delays = new Map<string, Delays>();

  /**
   * @param sentAt of the worker's clock, in milliseconds
   * @param now of this process's monotonic clock, in milliseconds
   * @returns milliseconds since it was sent, as far as is known; 0 for the first message of a worker
   */
  ageOf(workerId: string, sentAt: number, now: number): number {
    const difference = now - sentAt;
    const known = this.delays.get(workerId);
    const next = known ? advance(known, difference, now) : { since: now, least: difference, before: difference };
    this.delays.set(workerId, next);
    return difference - Math.min(next.least, next.before);
  }

  forget(workerId: string): void {
    this.delays.delete(workerId);
  }
}

function advance({ since, least, before }: Delays, difference: number, now: number): Delays {
  if (now - since >= WINDOW_MS) return { since: now, least: difference, before: least };
  return { since, least: Math.min(least, difference), before };
}
