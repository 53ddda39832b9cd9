import { consumedResources, fits, meetsConditions, toThousandths } from '@computalot/jobs';
import type { Group, Resources, WorkerView } from './types.js';

export interface PendingReason {
  readonly code: 'no_worker_satisfies' | 'waiting_for_capacity' | 'max_parallel';
  /** For users: names requirements and amounts, never a worker. */
  readonly detail: string;
}

const units = {
  cpu: 'cpu',
  memory_gb: 'GB of memory',
  storage_gb: 'GB of storage',
  gpu: 'gpu',
  gpu_memory_gb: 'GB of memory per gpu',
} as const;
type Amount = keyof typeof units;
const amounts = [...consumedResources, 'gpu_memory_gb'] as const satisfies readonly Amount[];

/** Why tasks of a group wait, given the workers that take work (ready, not draining). */
export function explainPending(
  group: Pick<Group, 'requirements'> & Partial<Pick<Group, 'parallelLeft'>>,
  workers: readonly Pick<WorkerView, 'offers'>[],
): PendingReason {
  if (workers.length === 0) return { code: 'no_worker_satisfies', detail: 'No worker is ready.' };
  const able = workers.filter(({ offers }) => fits(group.requirements, offers)).length;
  if (able === 0) return { code: 'no_worker_satisfies', detail: nearestMiss(group.requirements, workers) };
  if (group.parallelLeft === 0) {
    return { code: 'max_parallel', detail: 'As many tasks of the job are under way as its max_parallel allows.' };
  }
  const who = able === 1 ? '1 ready worker satisfies' : `${able} ready workers satisfy`;
  return { code: 'waiting_for_capacity', detail: `${who} the requirements; what they offer is taken by other tasks.` };
}

const NOBODY = { whose: 'the largest ready worker offers', without: 'no ready worker has' };
const NEAREST = { whose: 'the nearest ready worker offers', without: 'the nearest ready worker lacks' };

/** The place in the queue behind other jobs: those that no worker can run hold nobody up. */
export function positionBehind(
  ahead: readonly { readonly requirements: Resources; readonly jobs: number }[],
  workers: readonly Pick<WorkerView, 'offers'>[],
): number {
  const competing = ahead.filter(({ requirements }) => workers.some(({ offers }) => fits(requirements, offers)));
  return competing.reduce((sum, { jobs }) => sum + jobs, 1);
}

/** What no worker offers at all; where each alone is offered by somebody, what the worker that comes nearest lacks. */
function nearestMiss(requirements: Resources, workers: readonly Pick<WorkerView, 'offers'>[]): string {
  const offers = workers.map((worker) => worker.offers);
  const nowhere = sentences(requirements, bestOf(offers), offers, NOBODY);
  if (nowhere.length > 0) return `${nowhere.join('; ')}.`;
  const misses = offers.map((offer) => sentences(requirements, offer, [offer], NEAREST));
  const nearest = misses.reduce((least, miss) => (miss.length < least.length ? miss : least));
  return `No ready worker offers all of it together: ${nearest.join('; ')}.`;
}

/** One sentence for each requirement that is missed: amounts by what `best` has, labels by all of `offers`. */
function sentences(
  requirements: Resources,
  best: Resources,
  offers: readonly Resources[],
  { whose, without }: { readonly whose: string; readonly without: string },
): string[] {
  const tooLittle = amounts
    .filter((name) => toThousandths(requirements[name]) > toThousandths(best[name]))
    .map((name) => `needs ${requirements[name]} ${units[name]}; ${whose} ${best[name] ?? 0}`);
  const unlabelled = Object.entries(requirements.labels ?? {})
    .filter(([name, value]) => !offers.some((offer) => meetsConditions({ labels: { [name]: value } }, offer)))
    .map(([name, value]) => `needs the label ${name}=${value}, which ${without}`);
  return [...tooLittle, ...unlabelled];
}

/** The largest of each amount that anybody offers. */
function bestOf(offers: readonly Resources[]): Resources {
  const best: Resources = {};
  for (const name of amounts) best[name] = Math.max(...offers.map((offer) => offer[name] ?? 0));
  return best;
}
