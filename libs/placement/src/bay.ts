import {
  amountsLeft,
  amountsOf,
  consumedResources,
  meetsConditions,
  needsOf,
  timesInto,
  type Amounts,
} from '@computalot/jobs';
import type { Demand } from './demand.js';
import type { WorkerView } from './types.js';

/** A worker while a round fills it. */
export interface Bay {
  readonly worker: WorkerView;
  readonly offers: Amounts;
  /** Beside everything held and placed; negative where a backlog is held. */
  readonly left: Amounts;
  /** Tasks held beyond what can run at once. */
  backlog: number;
  /** Slots of the empty worker by kind of demand, as far as asked for. */
  readonly slots: Map<string, number>;
}

export function bayOf(worker: WorkerView): Bay {
  const left = amountsLeft(worker.offers, worker.held);
  return { worker, offers: amountsOf(worker.offers), left, backlog: heldBeyondCapacity(worker), slots: new Map() };
}

function heldBeyondCapacity({ offers, held }: WorkerView): number {
  const free = amountsOf(offers);
  let beyond = 0;
  for (const { requirements, count } of held) {
    const needs = needsOf(requirements);
    const running = Math.min(count, timesInto(needs, free));
    subtract(free, needs, running);
    beyond += count - running;
  }
  return beyond;
}

/** Tasks of this kind that the worker runs at once when it runs nothing else; 0: it can never run one. */
export function slotsFor(bay: Bay, demand: Demand): number {
  let slots = bay.slots.get(demand.kind);
  if (slots === undefined) {
    const able = meetsConditions(demand.group.requirements, bay.worker.offers);
    slots = able ? timesInto(demand.needs, bay.offers) : 0;
    bay.slots.set(demand.kind, slots);
  }
  return slots;
}

/** Tasks of this kind that fit beside everything held. */
export function capacityFor(bay: Bay, demand: Demand): number {
  return slotsFor(bay, demand) === 0 ? 0 : timesInto(demand.needs, bay.left);
}

export function subtract(from: Amounts, needs: Amounts, times: number): void {
  for (const name of consumedResources) from[name] -= needs[name] * times;
}
