import { decodeId } from '@computalot/kernel';
import { isJsonObject, jsonPointer, planFault, unknownFieldFault, type PlanFault } from '../plan-fault.js';

/** What a name in `payload._artifacts.download` stands for: an artifact, or the one of that name that a job (or its task) left. */
export type ArtifactReference =
  | { readonly name: string; readonly artifact_id: string }
  | { readonly name: string; readonly job_id: string; readonly artifact: string; readonly task?: number };

export const MAX_DOWNLOADS = 100;

/** Names are files in the folder of inputs, in which a reduce task finds one of the platform's. */
const NAME = /^(?!map-results\.jsonl$)[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
const NAME_RULE = 'begins with a letter or digit, has 1 to 100 of A-Z a-z 0-9 . _ - and is not map-results.jsonl';
const PLACE = ['payload', '_artifacts'] as const;

/** The references of a payload without a {@link downloadsFault}. */
export function downloadsOf(payload: Readonly<Record<string, unknown>>): ArtifactReference[] {
  const { download } = (payload['_artifacts'] ?? {}) as { download?: Record<string, object> | null };
  return Object.entries(download ?? {}).map(([name, reference]) => ({ ...reference, name }) as ArtifactReference);
}

/** The first fault in `payload._artifacts`; null and absent ask for nothing. */
export function downloadsFault(payload: Readonly<Record<string, unknown>>): PlanFault | null {
  const artifacts = payload['_artifacts'] ?? null;
  if (artifacts === null) return null;
  if (!isJsonObject(artifacts)) return invalid('must be an object {"download": {…}}');
  const { download = null } = artifacts;
  const unknown = unknownFieldFault(artifacts, ['download'], ...PLACE);
  if (unknown || download === null) return unknown;
  if (!isJsonObject(download))
    return invalid('must be an object of names and the artifacts they stand for', 'download');
  const entries = Object.entries(download);
  if (entries.length > MAX_DOWNLOADS) return invalid(`has more than ${MAX_DOWNLOADS} names`, 'download');
  for (const [name, reference] of entries) {
    const fault = NAME.test(name)
      ? referenceFault(reference, 'download', name)
      : invalid(`is no name for an input: it ${NAME_RULE}`, 'download', name);
    if (fault) return fault;
  }
  return null;
}

function referenceFault(reference: unknown, ...place: readonly string[]): PlanFault | null {
  if (!isJsonObject(reference))
    return invalid('must be {"artifact_id": "art_…"} or {"job_id": "job_…", "artifact": name}', ...place);
  if ('artifact_id' in reference) {
    return (
      unknownFieldFault(reference, ['artifact_id'], ...PLACE, ...place) ??
      idFault(reference['artifact_id'], 'art', ...place, 'artifact_id')
    );
  }
  const { job_id, artifact, task = 0 } = reference;
  const fault =
    unknownFieldFault(reference, ['job_id', 'artifact', 'task'], ...PLACE, ...place) ??
    idFault(job_id, 'job', ...place, 'job_id');
  if (fault) return fault;
  if (typeof artifact !== 'string' || artifact === '' || artifact.length > 255)
    return invalid('must be the name of an artifact, 1 to 255 characters', ...place, 'artifact');
  if (typeof task === 'number' && Number.isInteger(task) && task >= 0 && task < 2 ** 31) return null;
  return invalid('must be the index of a task', ...place, 'task');
}

function idFault(id: unknown, kind: 'art' | 'job', ...place: readonly string[]): PlanFault | null {
  if (typeof id === 'string' && decodeId(kind, id) !== null) return null;
  return invalid(`must be an id, ${kind}_…`, ...place);
}

const invalid = (detail: string, ...place: readonly string[]) =>
  planFault('invalid_artifacts', detail, jsonPointer(...PLACE, ...place));
