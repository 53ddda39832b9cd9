import { slotsFor, type Bay } from './bay.js';
import type { Demand } from './demand.js';
import type { Pass } from './fill-fairly.js';

/** A worker's backlog keeps its slots busy for about this long without a round trip. */
export const BACKLOG_WINDOW_MS = 250;
/** Tasks that run this long gain nothing from a backlog and lose by it: they would wait behind one worker while another idles. */
export const LONG_TASK_MS = 1_000;
/** A runtime below what starting anything costs is taken as this, in milliseconds. */
const SHORTEST_TASK_MS = 0.1;
/** Of a job whose runtime is unknown, each slot gets one task in advance when at least this many wait per slot. */
const UNKNOWN_QUEUE_PER_SLOT = 4;

/** Tasks beyond capacity that suit a worker with `slots` slots for them; `queuePerSlot` over all workers. */
export function backlogFor(slots: number, meanRuntimeMs: number | null, queuePerSlot: number): number {
  if (meanRuntimeMs === null) return queuePerSlot >= UNKNOWN_QUEUE_PER_SLOT ? slots : 0;
  if (meanRuntimeMs >= LONG_TASK_MS) return 0;
  return Math.ceil((slots * BACKLOG_WINDOW_MS) / Math.max(meanRuntimeMs, SHORTEST_TASK_MS));
}

/**
 * The pass that leases beyond capacity.
 *
 * A backlog that is topped up for ever would keep others out: held tasks count as capacity taken. So a group that waits without getting
 * anything closes the workers that could run it, for later groups of its account and for every account that uses more. Their backlog
 * drains, capacity shows, and the next rounds hand it out fairly.
 */
export function backlogPass(
  bays: readonly Bay[],
  usage: ReadonlyMap<string, number>,
  maxBacklog: number,
  record: (bay: Bay, demand: Demand, count: number) => void,
): Pass {
  const closings = new Map<Bay, Closing>();
  const served = new Map<Demand, Set<Bay>>();
  const used = (demand: Demand) => usage.get(demand.group.accountId) ?? 0;
  const queuePerSlot = memoised((demand: Demand) => demand.remaining / allSlots(bays, demand));

  return {
    room(bay, demand) {
      if (closings.has(bay) && isClosedTo(closings.get(bay)!, demand, used(demand))) return 0;
      const wanted = backlogFor(slotsFor(bay, demand), demand.group.meanRuntimeMs, queuePerSlot(demand));
      return Math.min(wanted, maxBacklog) - bay.backlog;
    },
    take(bay, demand, count) {
      bay.backlog += count;
      served.set(demand, (served.get(demand) ?? new Set()).add(bay));
      record(bay, demand, count);
    },
    leftWaiting(demand) {
      for (const bay of bays) {
        if (slotsFor(bay, demand) === 0 || served.get(demand)?.has(bay)) continue;
        close(closings, bay, demand, used(demand));
      }
    },
  };
}

/** Who waits for a worker: accounts, and the least that one of them uses. */
interface Closing {
  readonly accounts: Set<string>;
  usage: number;
}

function close(closings: Map<Bay, Closing>, bay: Bay, { group }: Demand, usage: number): void {
  const closing = closings.get(bay) ?? { accounts: new Set(), usage: Infinity };
  closing.accounts.add(group.accountId);
  closing.usage = Math.min(closing.usage, usage);
  closings.set(bay, closing);
}

function isClosedTo({ accounts, usage }: Closing, { group }: Demand, used: number): boolean {
  return accounts.has(group.accountId) || used > usage;
}

function allSlots(bays: readonly Bay[], demand: Demand): number {
  return Math.max(
    1,
    bays.reduce((total, bay) => total + slotsFor(bay, demand), 0),
  );
}

function memoised(compute: (demand: Demand) => number): (demand: Demand) => number {
  const known = new Map<Demand, number>();
  return (demand) => {
    const value = known.get(demand) ?? compute(demand);
    known.set(demand, value);
    return value;
  };
}
