import { DATABASE, keepSharedIfFirst, readKvEntries, type Database, type JobToPlan } from '@computalot/database';
import { sharedReferencesOf, type SharedReference, type SharedValues } from '@computalot/jobs';
import { OBJECT_STORE, type ObjectStore } from '@computalot/object-store';
import { Inject, Injectable } from '@nestjs/common';
import { readResultAt } from './read-result-at.js';

/** Bytes of JSON of all values of a job together: they are part of the payload of each of its tasks. */
const MAX_BYTES = 4 * 1024 * 1024;

export type Resolved =
  | { readonly ok: true; readonly values: SharedValues | null }
  | { readonly ok: false; readonly error: { readonly code: string; readonly message: string } };

/** Finds what the names in `payload._shared.resolve` stand for, once per job: whatever changes later, all its tasks see the same. */
@Injectable()
export class ResolveShared {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OBJECT_STORE) private readonly objects: ObjectStore,
  ) {}

  async of(job: JobToPlan): Promise<Resolved> {
    const references = sharedReferencesOf((job.submission['payload'] ?? {}) as Record<string, unknown>);
    if (job.shared !== null || references.length === 0) return { ok: true, values: job.shared };
    const kv = await this.readValues(job, references);
    const values: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    let bytes = 0;
    for (const reference of references) {
      const { name } = reference;
      const found = 'kv' in reference ? valueOf(job, reference.kv, kv) : await this.resultAt(job, reference);
      if ('fault' in found) return unresolved(name, found.fault);
      values[name] = found.value;
      bytes += Buffer.byteLength(JSON.stringify(found.value));
      if (bytes > MAX_BYTES) return unresolved(name, `with it the values have more than ${MAX_BYTES} bytes`);
    }
    return { ok: true, values: await keepSharedIfFirst(this.database, job.id, values) };
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

function unresolved(name: string, fault: string): Resolved {
  const message = `payload._shared.resolve.${name}: ${fault}.`;
  return { ok: false, error: { code: 'shared_unresolved', message } };
}
