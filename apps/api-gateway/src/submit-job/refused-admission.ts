import { QuotaReached, type AcceptedJob, type Admission } from '@computalot/database';
import type { Overrun, QuotaName } from '@computalot/jobs';
import { assertNever } from '@computalot/kernel';
import { Refusal } from '../problems/refusal.js';
import { noSuchProject } from './check-target.js';

/** Seconds after which a place may have become free. */
const RETRY_AFTER_S = '5';

const NAMES: Readonly<Record<QuotaName, string>> = {
  open_jobs: 'jobs that have not ended',
  queued_tasks: 'tasks that wait',
  running_tasks: 'tasks that run',
  storage_bytes: 'bytes in storage',
};

/** Where a submission says how many tasks it has. */
const SOURCES: Readonly<Record<string, string>> = { sweep: '/sweep', benchmark: '/benchmark' };

/** Why a job was not admitted; null for one that was. */
export function refusalOf(admission: Admission, job: Pick<AcceptedJob, 'type' | 'project'>): Refusal | null {
  switch (admission.kind) {
    case 'created':
    case 'exists':
      return null;
    case 'project_gone':
      return noSuchProject(job.project.name ?? '');
    case 'over_quota':
      return admissionRefusal(admission.overrun, SOURCES[job.type] ?? '/fan_out');
    default:
      return assertNever(admission);
  }
}

/** A job that alone is more than the quota never fits: waiting is no use. */
function admissionRefusal(overrun: Overrun, source: string): Refusal {
  const { quota, limit, wanted } = overrun;
  if (quota === 'storage_bytes' || wanted <= limit) return overrunRefusal(overrun);
  const detail = `makes ${wanted} ${NAMES[quota]}; this account may have ${limit}`;
  return Refusal.invalid([{ pointer: quota === 'queued_tasks' ? source : '', detail }], 'quota_too_small');
}

export function overrunRefusal({ quota, limit, used, wanted }: Overrun): Refusal {
  const stand = `This account may have ${limit} ${NAMES[quota]} and has ${used}; this would add ${wanted}.`;
  if (quota === 'storage_bytes') return new Refusal('storage_full', stand);
  return new Refusal('quota_exceeded', stand, { headers: { 'retry-after': RETRY_AFTER_S } });
}

/** @throws Refusal where `work` would have gone beyond a quota */
export async function refusingOverrun<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof QuotaReached ? overrunRefusal(error.overrun) : error;
  }
}
