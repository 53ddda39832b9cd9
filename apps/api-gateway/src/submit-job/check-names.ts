import type { FieldFault, JobStatus } from '@computalot/contracts';
import { isTerminal, readJobStatuses, type Database } from '@computalot/database';
import { downloadsOf, sharedReferencesOf } from '@computalot/jobs';
import { decodeId } from '@computalot/kernel';
import { pointerTo, Refusal } from '../problems/refusal.js';
import type { Submission } from './read-submission.js';

interface Named {
  /** Public. */
  readonly job_id: string;
  readonly pointer: string;
}

/** Status of the account's jobs that names in payloads point into; one statement, none when there are no such names. */
export async function namedJobsOf(
  database: Database,
  accountId: string,
  submissions: readonly Submission[],
): Promise<ReadonlyMap<string, JobStatus>> {
  const named = submissions.flatMap((submission) =>
    jobsIn(submission).map(({ job_id }) => decodeId('job', job_id) ?? ''),
  );
  return named.length > 0 ? readJobStatuses(database, accountId, [...new Set(named)]) : new Map();
}

/** Refuses names that could not be resolved whatever comes. @throws Refusal */
export function checkNames(submission: Submission, statuses: ReadonlyMap<string, JobStatus>): void {
  const awaited = new Set(submission.dependencies.map(({ job_id }) => job_id));
  const jobs = jobsIn(submission).flatMap(({ job_id, pointer }): FieldFault[] => {
    const id = decodeId('job', job_id) ?? '';
    const status = statuses.get(id);
    if (status === undefined) return [{ pointer, detail: 'is no job of this account' }];
    if (awaited.has(id) || isTerminal(status)) return [];
    return [{ pointer, detail: 'has not ended; name it in depends_on too' }];
  });
  const faults = [...valuesWithoutProject(submission), ...jobs];
  if (faults.length > 0) throw Refusal.invalid(faults);
}

function valuesWithoutProject({ body }: Submission): FieldFault[] {
  if (body.project) return [];
  return sharedReferencesOf(body.payload ?? {})
    .filter((reference) => 'kv' in reference)
    .map(({ name }) => ({
      pointer: pointerTo('payload', '_shared', 'resolve', name, 'kv'),
      detail: 'needs a project, whose values these are',
    }));
}

function jobsIn({ body }: Submission): Named[] {
  const payload = body.payload ?? {};
  const at = (reference: { readonly name: string }, ...place: readonly string[]): Named[] =>
    'job_id' in reference
      ? [{ job_id: String(reference.job_id), pointer: pointerTo('payload', ...place, reference.name, 'job_id') }]
      : [];
  return [
    ...sharedReferencesOf(payload).flatMap((reference) => at(reference, '_shared', 'resolve')),
    ...downloadsOf(payload).flatMap((reference) => at(reference, '_artifacts', 'download')),
  ];
}
