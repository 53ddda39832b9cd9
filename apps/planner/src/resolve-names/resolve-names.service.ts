import { DATABASE, keepResolvedIfFirst, readKvEntries, type Database, type JobToPlan } from '@computalot/database';
import {
  downloadsOf,
  sharedReferencesOf,
  type HandedArtifact,
  type HandedArtifacts,
  type Resolved,
  type SharedReference,
  type SharedValues,
} from '@computalot/jobs';
import { OBJECT_STORE, type ObjectStore } from '@computalot/object-store';
import { Inject, Injectable } from '@nestjs/common';
import { findArtifact } from './find-artifact.js';
import { readResultAt } from './read-result-at.js';

/** Bytes of JSON of all values of a job together: they are part of the payload of each of its tasks. */
const MAX_BYTES = 4 * 1024 * 1024;

interface Unresolved {
  readonly ok: false;
  readonly error: { readonly code: string; readonly message: string };
}
export type Resolution = { readonly ok: true; readonly resolved: Resolved | null } | Unresolved;
type All<T> = { readonly ok: true; readonly all: T } | Unresolved;

/** Finds what the names in `payload._shared` and `payload._artifacts` stand for, once per job: whatever changes later, all its tasks see the same. */
@Injectable()
export class ResolveNames {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OBJECT_STORE) private readonly objects: ObjectStore,
  ) {}

  async of(job: JobToPlan): Promise<Resolution> {
    const payload = (job.submission['payload'] ?? {}) as Record<string, unknown>;
    const references = sharedReferencesOf(payload);
    const hasDownloads = downloadsOf(payload).length > 0;
    if (job.resolved !== null || (references.length === 0 && !hasDownloads))
      return { ok: true, resolved: job.resolved };
    const shared = await this.valuesOf(job, references);
    if (!shared.ok) return shared;
    const artifacts = await this.artifactsOf(job, payload);
    if (!artifacts.ok) return artifacts;
    const resolved = {
      ...(references.length > 0 ? { shared: shared.all } : {}),
      ...(hasDownloads ? { artifacts: artifacts.all } : {}),
    };
    return { ok: true, resolved: await keepResolvedIfFirst(this.database, job.id, resolved) };
  }

  private async valuesOf(job: JobToPlan, references: readonly SharedReference[]): Promise<All<SharedValues>> {
    const kv = await this.readValues(job, references);
    const all: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    let bytes = 0;
    for (const reference of references) {
      const { name } = reference;
      const found = 'kv' in reference ? valueOf(job, reference.kv, kv) : await this.resultAt(job, reference);
      if ('fault' in found) return unresolved('_shared.resolve', name, found.fault);
      all[name] = found.value;
      bytes += Buffer.byteLength(JSON.stringify(found.value));
      const fault = `with it the values have more than ${MAX_BYTES} bytes`;
      if (bytes > MAX_BYTES) return unresolved('_shared.resolve', name, fault);
    }
    return { ok: true, all };
  }

  private async artifactsOf(
    { account_id }: JobToPlan,
    payload: Record<string, unknown>,
  ): Promise<All<HandedArtifacts>> {
    const all: Record<string, HandedArtifact> = {};
    for (const reference of downloadsOf(payload)) {
      const found = await findArtifact(this.database, account_id, reference);
      if ('fault' in found) return unresolved('_artifacts.download', reference.name, found.fault);
      all[reference.name] = found;
    }
    return { ok: true, all };
  }

  private async readValues(job: JobToPlan, references: readonly SharedReference[]): Promise<Map<string, string>> {
    const keys = references.flatMap((reference) => ('kv' in reference ? reference.kv : []));
    if (keys.length === 0) return new Map();
    const entries = await readKvEntries(this.database, job.account_id, job.project_name ?? '', keys);
    return new Map(entries.map(({ key, text }) => [key, text]));
  }

  private resultAt({ account_id }: JobToPlan, { job_id, path }: Extract<SharedReference, { path: string }>) {
    return readResultAt(this.database, this.objects, { account_id, job_id, path });
  }
}

export type Found = { readonly value: unknown } | { readonly fault: string };

function valueOf(job: JobToPlan, key: string, entries: ReadonlyMap<string, string>): Found {
  const text = entries.get(key);
  return text === undefined ? { fault: `project ${job.project_name} has no key ${key}` } : { value: JSON.parse(text) };
}

const CODES = { '_shared.resolve': 'shared_unresolved', '_artifacts.download': 'artifact_unresolved' } as const;

function unresolved(place: keyof typeof CODES, name: string, fault: string): Unresolved {
  return { ok: false, error: { code: CODES[place], message: `payload.${place}.${name}: ${fault}.` } };
}
