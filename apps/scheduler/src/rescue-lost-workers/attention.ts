/** Milliseconds between two looks after which this process cannot say that it heard everything meanwhile. */
const MAX_GAP_MS = 5_000;

/**
 * For how long this process has been hearing workers without a break. Who was deaf for a while (just started, paused, without broker or database)
 * must not call others silent.
 */
export class Attention {
  private since: number;
  private last: number;

  /** @param now milliseconds of a monotonic clock, here and below */
  constructor(now: number) {
    this.since = this.last = now;
  }

  /** Look often. `hears`: a heartbeat that arrived now would be noted. Returns the milliseconds without a break. */
  look(hears: boolean, now: number): number {
    if (!hears || now - this.last > MAX_GAP_MS) this.since = now;
    this.last = now;
    return now - this.since;
  }
}
