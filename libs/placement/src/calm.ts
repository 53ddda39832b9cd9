import { LONG_TASK_MS } from './backlog.js';
import type { Assignment, Group, WorkerView } from './types.js';

/**
 * Milliseconds for which no worker runs dry although nothing more is placed: half of what the thinnest backlog lasts, by the measured
 * runtimes. 0 when some worker has no backlog, so that a slot of a long task is filled at once.
 *
 * @param held everything leased at the end of the round
 */
export function calmAfter(
  workers: readonly Pick<WorkerView, 'workerId' | 'offers'>[],
  groups: readonly Pick<Group, 'jobId' | 'meanRuntimeMs'>[],
  held: readonly Assignment[],
): number {
  const runtimes = new Map(groups.map((group) => [group.jobId, group.meanRuntimeMs ?? LONG_TASK_MS]));
  const runtimeOf = ({ jobId }: Assignment) => runtimes.get(jobId) ?? LONG_TASK_MS;
  const lasting = workers.map(({ workerId, offers }) => {
    const short = held.filter((each) => each.workerId === workerId && runtimeOf(each) < LONG_TASK_MS);
    const slots = Math.max(1, Math.floor(offers.cpu ?? 1));
    const tasks = short.reduce((sum, { count }) => sum + count, 0);
    const runtime = short.reduce((sum, each) => sum + each.count * runtimeOf(each), 0);
    return tasks <= slots ? 0 : (runtime * (1 - slots / tasks)) / slots;
  });
  return lasting.length === 0 ? 0 : Math.min(...lasting) / 2;
}
