/** Names a lease: job, index and attempt. */
export type LeaseKey = string;

interface Omissions {
  readonly incarnation: string;
  /** When each lease was omitted first, without being named since; milliseconds of a monotonic clock. */
  readonly since: ReadonlyMap<LeaseKey, number>;
}

/**
 * Which leases the snapshots of a worker omit, and for how long. One omission means little: the assignment may be on its way, or the report in the
 * hands of another scheduler, or waiting to be tried again. Hints of this process: losing them only delays a release.
 */
export class OmittedLeases {
  private readonly workers = new Map<string, Omissions>();

  /** Notes what a snapshot omits and returns those that have been omitted for `settleMs` by then. */
  note(
    workerId: string,
    incarnation: string,
    omitted: readonly LeaseKey[],
    settleMs: number,
    now: number,
  ): Set<LeaseKey> {
    const known = this.workers.get(workerId);
    const before = known?.incarnation === incarnation ? known.since : undefined;
    const since = new Map(omitted.map((key) => [key, before?.get(key) ?? now]));
    if (since.size === 0) this.workers.delete(workerId);
    else this.workers.set(workerId, { incarnation, since });
    return new Set(omitted.filter((key) => now - (since.get(key) ?? now) >= settleMs));
  }
}
