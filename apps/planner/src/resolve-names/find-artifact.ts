import { findJobArtifacts, isTerminal, readArtifact, readJobStatuses, type Database } from '@computalot/database';
import type { ArtifactReference, HandedArtifact } from '@computalot/jobs';
import { decodeId, encodeId } from '@computalot/kernel';

export type FoundArtifact = HandedArtifact | { readonly fault: string };

/** The artifact of the account that a download stands for. */
export async function findArtifact(
  db: Database,
  accountId: string,
  reference: ArtifactReference,
): Promise<FoundArtifact> {
  if (!('artifact_id' in reference)) return findInJob(db, accountId, reference);
  const { artifact_id } = reference;
  const artifact = await readArtifact(db, accountId, decodeId('art', artifact_id) ?? '');
  if (!artifact) return { fault: `there is no artifact ${artifact_id}` };
  // Every task must find the same bytes.
  if (artifact.external_url !== null) return { fault: `artifact ${artifact_id} lies at a URL; upload the file itself` };
  return handed(artifact);
}

async function findInJob(
  db: Database,
  accountId: string,
  { job_id, artifact, task }: Extract<ArtifactReference, { job_id: string }>,
): Promise<FoundArtifact> {
  const id = decodeId('job', job_id) ?? '';
  const status = (await readJobStatuses(db, accountId, [id])).get(id);
  if (!status) return { fault: `job ${job_id} is gone` };
  if (!isTerminal(status)) return { fault: `job ${job_id} has been opened again and has not ended` };
  const [first, second] = await findJobArtifacts(db, { accountId, jobId: id, filename: artifact, task });
  const source = task === undefined ? `job ${job_id}` : `task ${task} of job ${job_id}`;
  if (!first) return { fault: `${source} has no artifact ${JSON.stringify(artifact)}` };
  if (!second) return handed(first);
  const tasks = `tasks ${first.task_index} and ${second.task_index}, among others perhaps,`;
  return { fault: `${tasks} of ${source} have an artifact ${JSON.stringify(artifact)}; choose one with "task"` };
}

const handed = ({ id, sha256, size_bytes }: { id: string; sha256: string; size_bytes: number }): HandedArtifact => ({
  artifact_id: encodeId('art', id),
  sha256,
  size_bytes,
});
