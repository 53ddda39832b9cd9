import type { Bay } from './bay.js';
import { slotsFor } from './bay.js';
import type { Demand } from './demand.js';
import { byPriorityThenAge } from './rank-groups.js';
import { spread } from './spread.js';

/** What a pass fills: the capacity of workers, or their backlog. */
export interface Pass {
  /** Tasks of this kind that the worker takes in this pass now. */
  room(bay: Bay, demand: Demand): number;
  take(bay: Bay, demand: Demand, count: number): void;
  /** The demand has tasks left, and no worker has room for one. */
  leftWaiting(demand: Demand): void;
}

/** What accounts have and may have while a round goes on. */
export interface Shares {
  /** Thousandths of a core. */
  readonly usage: Map<string, number>;
  /** Tasks that an account may still be given; one that is absent has no bound. */
  readonly room: Map<string, number>;
}

/**
 * Progressive filling: the account that uses least goes next, with its first group (priority, age), until nothing fits any more.
 * A turn gives a part of what still fits, shrinking to single tasks, so that accounts end level within one task and the number of
 * turns grows with groups + accounts × log(capacity), never with waiting tasks.
 */
export function fillFairly(
  demands: readonly Demand[],
  bays: readonly Bay[],
  { usage, room: accountRoom }: Shares,
  pass: Pass,
): void {
  const waiting = byAccount(demands);
  for (let next = leastUsing(waiting, usage); next; next = leastUsing(waiting, usage)) {
    const { accountId, demand } = next;
    const allowed = accountRoom.get(accountId) ?? Infinity;
    if (allowed <= 0) {
      // Held back by its own bound: it keeps nobody else from anything.
      waiting.delete(accountId);
      continue;
    }
    const room = bays.map((bay) => (demand.remaining > 0 ? Math.max(0, pass.room(bay, demand)) : 0));
    const all = room.reduce((total, count) => total + count, 0);
    if (all === 0) {
      if (demand.remaining > 0) pass.leftWaiting(demand);
      dropFirst(waiting, accountId);
      continue;
    }
    const turn = waiting.size === 1 ? all : Math.max(1, Math.floor(all / (2 * waiting.size)));
    const count = Math.min(demand.remaining, turn, allowed);
    give(count, demand, bays, room, pass);
    demand.remaining -= count;
    if (Number.isFinite(allowed)) accountRoom.set(accountId, allowed - count);
    usage.set(accountId, (usage.get(accountId) ?? 0) + count * demand.weight);
  }
}

/** Hands out tasks, the better fitting workers first, evenly among equals. */
function give(count: number, demand: Demand, bays: readonly Bay[], room: readonly number[], pass: Pass): void {
  let missing = count;
  for (const tier of tiersOf(demand, bays, room)) {
    const places = tier.map((at) => ({ room: room[at]!, slots: slotsFor(bays[at]!, demand) }));
    for (const [position, share] of spread(missing, places).entries()) {
      if (share > 0) pass.take(bays[tier[position]!]!, demand, share);
      missing -= share;
    }
    if (missing === 0) return;
  }
}

/** Positions of the workers with room, in groups of equal fit: no GPU where none is asked for, then the smallest GPU memory that does. */
function tiersOf(demand: Demand, bays: readonly Bay[], room: readonly number[]): number[][] {
  const tiers = new Map<number, number[]>();
  for (const [at, bay] of bays.entries()) {
    if (room[at] === 0) continue;
    const excess = excessOf(demand, bay);
    const tier = tiers.get(excess);
    if (tier) tier.push(at);
    else tiers.set(excess, [at]);
  }
  return [...tiers].sort(([a], [b]) => a - b).map(([, tier]) => tier);
}

function excessOf(demand: Demand, bay: Bay): number {
  if (bay.offers.gpu === 0) return 0;
  return demand.needs.gpu > 0 ? (bay.worker.offers.gpu_memory_gb ?? 0) : 1;
}

function byAccount(demands: readonly Demand[]): Map<string, Demand[]> {
  const waiting = new Map<string, Demand[]>();
  for (const demand of [...demands].sort((a, b) => byPriorityThenAge(b.group, a.group))) {
    const list = waiting.get(demand.group.accountId);
    if (list) list.push(demand);
    else waiting.set(demand.group.accountId, [demand]);
  }
  return waiting;
}

/** Lists are worst first, so that the head is the cheap end. */
function dropFirst(waiting: Map<string, Demand[]>, accountId: string): void {
  const list = waiting.get(accountId);
  list?.pop();
  if (!list?.length) waiting.delete(accountId);
}

function leastUsing(
  waiting: ReadonlyMap<string, readonly Demand[]>,
  usage: ReadonlyMap<string, number>,
): { accountId: string; demand: Demand } | null {
  let best: { accountId: string; demand: Demand } | null = null;
  for (const [accountId, list] of waiting) {
    const demand = list.at(-1);
    if (!demand) continue;
    const ahead = best ? (usage.get(accountId) ?? 0) - (usage.get(best.accountId) ?? 0) : -1;
    if (!best || ahead < 0 || (ahead === 0 && byPriorityThenAge(demand.group, best.demand.group) < 0)) {
      best = { accountId, demand };
    }
  }
  return best;
}
