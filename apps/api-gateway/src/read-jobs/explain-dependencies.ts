import type { PendingReason } from '@computalot/contracts';
import type { WaitedFor } from '@computalot/database';
import { encodeId } from '@computalot/kernel';

/** Dependencies that the reason names. */
export const NAMED = 5;

/** What a job without tasks waits for; null when all of it holds, and planning is about to begin. */
export function explainDependencies({ total, unmet, first }: WaitedFor): PendingReason | null {
  if (unmet === 0) return null;
  const named = first.map(({ id, status }) => `${encodeId('job', id)} (${status ?? 'deleted'})`);
  const others = unmet > first.length ? ` and ${unmet - first.length} more` : '';
  const detail = `${total - unmet} of ${total} dependencies hold; the job waits for ${named.join(', ')}${others}.`;
  return { code: 'waiting_for_dependencies', detail };
}

/** The same at the moment of the submission, when nobody has looked at them yet. */
export function firstReason(dependencies: readonly unknown[]): PendingReason | null {
  if (dependencies.length === 0) return null;
  return { code: 'waiting_for_dependencies', detail: `The job waits for ${dependencies.length} dependencies.` };
}
