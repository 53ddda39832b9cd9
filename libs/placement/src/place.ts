import { backlogPass } from './backlog.js';
import { bayOf, capacityFor, subtract, type Bay } from './bay.js';
import { demandOf, usageInThousandths, type Demand } from './demand.js';
import { fillFairly, type Pass } from './fill-fairly.js';
import type { Assignment, Group, PlaceOptions, WorkerView } from './types.js';

/**
 * One placement round: which groups' tasks go to which workers.
 *
 * 1. Capacity: what fits beside everything held; never exceeds an offer. Work conserving: afterwards no waiting task fits anywhere.
 * 2. Backlog: tasks in advance, so that no slot waits for a round trip; only of groups with short tasks.
 *
 * Fair share between accounts (cores' worth of held tasks), then priority, then age. Pure; O((groups + accounts × log capacity) × workers).
 *
 * @param groups at most one per job
 * @param usage account → cores' worth of the tasks it holds leases for; an absent account uses nothing
 */
export function place(
  groups: readonly Group[],
  workers: readonly WorkerView[],
  usage: ReadonlyMap<string, number>,
  options: PlaceOptions,
): Assignment[] {
  const bays = workers.map(bayOf);
  const demands = groups.map(demandOf).filter((demand) => demand.remaining > 0);
  const shares = { usage: usageInThousandths(usage), room: new Map(options.accountRoom) };
  const ledger = new AssignmentLedger();
  fillFairly(demands, bays, shares, capacityPass(ledger));
  const unplaced = demands.filter((demand) => demand.remaining > 0);
  fillFairly(
    unplaced,
    bays,
    shares,
    backlogPass(bays, shares.usage, options.maxBacklog, (...entry) => ledger.add(...entry)),
  );
  return ledger.assignments();
}

function capacityPass(ledger: AssignmentLedger): Pass {
  // only saves time: capacity shrinks during the pass, so what found no room once finds none later
  const full = new Set<string>();
  return {
    room: (bay, demand) => (full.has(demand.kind) ? 0 : capacityFor(bay, demand)),
    leftWaiting: (demand) => full.add(demand.kind),
    take(bay, demand, count) {
      subtract(bay.left, demand.needs, count);
      ledger.add(bay, demand, count);
    },
  };
}

/** Sums what the turns of both passes gave, per job and worker. */
class AssignmentLedger {
  private readonly counts = new Map<Demand, Map<Bay, number>>();

  add(bay: Bay, demand: Demand, count: number): void {
    const byBay = this.counts.get(demand) ?? new Map<Bay, number>();
    byBay.set(bay, (byBay.get(bay) ?? 0) + count);
    this.counts.set(demand, byBay);
  }

  assignments(): Assignment[] {
    return [...this.counts].flatMap(([{ group }, byBay]) =>
      [...byBay].map(([{ worker }, count]) => ({ jobId: group.jobId, workerId: worker.workerId, count })),
    );
  }
}
