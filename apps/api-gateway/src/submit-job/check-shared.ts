import type { FieldFault, JobStatus } from '@computalot/contracts';
import { isTerminal, readJobStatuses, type Database } from '@computalot/database';
import { sharedReferencesOf } from '@computalot/jobs';
import { decodeId } from '@computalot/kernel';
import { pointerTo, Refusal } from '../problems/refusal.js';
import type { Submission } from './read-submission.js';

/** Status of the account's jobs that shared names point into; one statement, none when there are no such names. */
export async function sharedJobsOf(
  database: Database,
  accountId: string,
  submissions: readonly Submission[],
): Promise<ReadonlyMap<string, JobStatus>> {
  const named = submissions.flatMap(({ body }) =>
    sharedReferencesOf(body.payload ?? {}).flatMap((reference) =>
      'kv' in reference ? [] : (decodeId('job', reference.job_id) ?? []),
    ),
  );
  return named.length > 0 ? readJobStatuses(database, accountId, [...new Set(named)]) : new Map();
}

/** Refuses shared names that could not be resolved whatever comes. @throws Refusal */
export function checkShared({ body, dependencies }: Submission, statuses: ReadonlyMap<string, JobStatus>): void {
  const awaited = new Set(dependencies.map(({ job_id }) => job_id));
  const faults = sharedReferencesOf(body.payload ?? {}).flatMap((reference): FieldFault[] => {
    const at = (field: string, detail: string) => [
      { pointer: pointerTo('payload', '_shared', 'resolve', reference.name, field), detail },
    ];
    if ('kv' in reference) return body.project ? [] : at('kv', 'needs a project, whose values these are');
    const id = decodeId('job', reference.job_id) ?? '';
    const status = statuses.get(id);
    if (status === undefined) return at('job_id', 'is no job of this account');
    return awaited.has(id) || isTerminal(status) ? [] : at('job_id', 'has not ended; name it in depends_on too');
  });
  if (faults.length > 0) throw Refusal.invalid(faults);
}
