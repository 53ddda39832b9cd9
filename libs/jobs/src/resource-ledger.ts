import type { Resources } from '@computalot/contracts';

/** Resources that tasks use up. `gpu_memory_gb` (per GPU) and `labels` are conditions: they are met or not, and shared. */
export const consumedResources = ['cpu', 'memory_gb', 'storage_gb', 'gpu'] as const;
export type ConsumedResource = (typeof consumedResources)[number];

/** Amounts in thousandths, as integers: ten times 0.1 cores is exactly one core. */
export type Amounts = Record<ConsumedResource, number>;

export interface Held {
  readonly requirements: Resources;
  readonly count: number;
}

/** Thousandths of a unit; what is asked for at all never rounds down to nothing. */
export function toThousandths(value: number | undefined): number {
  if (value === undefined || value <= 0) return 0;
  return Math.max(1, Math.round(value * 1000));
}

export function amountsOf(resources: Resources): Amounts {
  return {
    cpu: toThousandths(resources.cpu),
    memory_gb: toThousandths(resources.memory_gb),
    storage_gb: toThousandths(resources.storage_gb),
    gpu: toThousandths(resources.gpu),
  };
}

/** What a task that asks for nothing is taken to use: a hundredth of a core, so that nothing can be leased without end. */
const LEAST_CPU = 10;

/** What one task uses up; never nothing at all. */
export function needsOf(requirements: Resources): Amounts {
  const needs = amountsOf(requirements);
  if (consumedResources.every((name) => needs[name] === 0)) needs.cpu = LEAST_CPU;
  return needs;
}

/** Whether the conditions that are not used up hold: GPU memory per GPU, labels. */
export function meetsConditions(requirements: Resources, offers: Resources): boolean {
  if (toThousandths(requirements.gpu_memory_gb) > toThousandths(offers.gpu_memory_gb)) return false;
  return Object.entries(requirements.labels ?? {}).every(([name, value]) => offers.labels?.[name] === value);
}

/** How often `needs` (see `needsOf`) goes into `left`. */
export function timesInto(needs: Amounts, left: Amounts): number {
  let times = Infinity;
  for (const name of consumedResources) {
    if (needs[name] > 0) times = Math.min(times, Math.max(0, Math.floor(left[name] / needs[name])));
  }
  return times;
}

/** What is left of an offer beside what is held; negative where more is held than offered. */
export function amountsLeft(offers: Resources, held: Iterable<Held>): Amounts {
  const left = amountsOf(offers);
  for (const { requirements, count } of held) {
    const needs = needsOf(requirements);
    for (const name of consumedResources) left[name] -= needs[name] * count;
  }
  return left;
}

/** Whether a worker with these offers could ever run such a task, were it empty. */
export function fits(requirements: Resources, offers: Resources): boolean {
  return capacityBeside(offers, [], requirements) >= 1;
}

/** How many more such tasks may run beside those held. */
export function capacityBeside(offers: Resources, held: Iterable<Held>, requirements: Resources): number {
  if (!meetsConditions(requirements, offers)) return 0;
  return timesInto(needsOf(requirements), amountsLeft(offers, held));
}

export function fitsBeside(offers: Resources, held: Iterable<Held>, requirements: Resources): boolean {
  return capacityBeside(offers, held, requirements) >= 1;
}

/** The running account of one worker: takes and gives back without ever exceeding the offer. */
export class ResourceLedger {
  private readonly left: Amounts;

  constructor(private readonly offers: Resources) {
    this.left = amountsOf(offers);
  }

  /** Reserves for one task; false, and nothing changes, when it does not fit beside what is taken. */
  tryTake(requirements: Resources): boolean {
    if (!meetsConditions(requirements, this.offers)) return false;
    const needs = needsOf(requirements);
    if (timesInto(needs, this.left) < 1) return false;
    for (const name of consumedResources) this.left[name] -= needs[name];
    return true;
  }

  /** Gives back what one `tryTake` of the same requirements took. */
  release(requirements: Resources): void {
    const needs = needsOf(requirements);
    for (const name of consumedResources) this.left[name] += needs[name];
  }

  /** Cores not taken. */
  get freeCpu(): number {
    return this.left.cpu / 1000;
  }
}
