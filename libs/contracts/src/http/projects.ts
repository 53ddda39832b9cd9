import type { Resources, TaskError } from '../messages/fields.js';

/** Public bodies of projects, artifacts and administration. */
export interface ProjectObject {
  readonly id: string;
  readonly name: string;
  readonly active_revision: string | null;
  readonly created_at: string;
}

/** A program that the installation provides. Its code and command are not shown. */
export interface RecipeObject {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  /** JSON Schema 2020-12 of the payload of one task. */
  readonly payload_schema: Record<string, unknown>;
  /** Payloads that fit. */
  readonly examples: readonly Record<string, unknown>[];
  /** What a task needs unless the submission says otherwise. */
  readonly requirements: Resources;
  readonly limits: { readonly timeout_s?: number; readonly tasks?: number };
}

/** What an operator's look at the recipes found. */
export interface RecipeDiscovery {
  readonly recipes: readonly { readonly name: string; readonly version: string }[];
  readonly faults: readonly { readonly folder: string; readonly detail: string }[];
}

/** A key of a project's key-value store; `version` is its ETag without the quotes, and never used twice. */
export interface KvEntryObject {
  readonly key: string;
  readonly version: number;
  readonly size_bytes: number;
  readonly updated_at: string;
}

export interface RevisionObject {
  /** Content hash of the pushed archive, sha256 in hex. */
  readonly id: string;
  readonly revision: string;
  readonly project: string;
  readonly size_bytes: number;
  readonly entry_count: number;
  readonly active: boolean;
  readonly created_at: string;
}

export const initStates = ['not_needed', 'not_started', 'preparing', 'ready', 'failed'] as const;
export type InitState = (typeof initStates)[number];

export interface ProjectStatus {
  readonly project: string;
  readonly active_revision: string | null;
  readonly can_accept_new_jobs: boolean;
  readonly ready_for_jobs: boolean;
  /** Why not, when not. */
  readonly detail: string | null;
  /** What became of the runtime of the active revision in its latest job. */
  readonly init: { readonly state: InitState; readonly error: TaskError | null };
}

export interface ArtifactObject {
  readonly id: string;
  readonly filename: string;
  /** Null of one that lies elsewhere. */
  readonly size_bytes: number | null;
  /** Of one that lies elsewhere: what was said when it was made known, or null. */
  readonly sha256: string | null;
  /** Where one lies that is not stored here. */
  readonly url: string | null;
  readonly job_id: string | null;
  readonly task_id: string | null;
  readonly created_at: string;
}

/** A file on its way into the object store. */
export interface UploadObject {
  /** Of the artifact that it will be. */
  readonly id: string;
  /** `published`: it is an artifact. `refused`: what arrived was not what was announced. */
  readonly status: 'open' | 'verifying' | 'published' | 'refused';
  /** Size of every part but the last; null for an upload that is not in parts, as is the next. */
  readonly part_bytes: number | null;
  readonly part_count: number | null;
  /** Those that arrived, while it is open. */
  readonly parts: readonly { readonly part_number: number; readonly size_bytes: number }[];
  /** Why it was refused. */
  readonly detail: string | null;
}

export interface DirectUpload {
  readonly id: string;
  /** `published`: the account has these bytes, and it is an artifact already. */
  readonly status: 'open' | 'published';
  /** Takes one PUT of the file with these headers; null when nothing is to be sent. */
  readonly upload_url: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly expires_at: string | null;
}

export interface SignedParts {
  readonly parts: readonly { readonly part_number: number; readonly upload_url: string }[];
  readonly expires_at: string;
}

/** A secret's value is never shown. */
export interface SecretObject {
  readonly name: string;
  readonly created_at: string;
  readonly updated_at: string;
}

export type KeyRole = 'admin' | 'member' | 'viewer';

export interface AccountObject {
  readonly id: string;
  readonly name: string;
  readonly created_at: string;
}

/** A named set of requirements. */
export interface ProfileObject {
  readonly name: string;
  readonly requirements: Resources;
  /** Null for one that always exists and that nobody has defined anew. */
  readonly updated_at: string | null;
}

/** `limit` null: no bound. */
export interface QuotaObject {
  readonly limit: number | null;
  readonly used: number;
}

export interface AccountWithQuotasObject extends AccountObject {
  readonly quotas: {
    readonly open_jobs: QuotaObject;
    readonly queued_tasks: QuotaObject;
    readonly running_tasks: QuotaObject;
    readonly storage_bytes: QuotaObject;
  };
}

/** `key` is shown this once. */
export interface CreatedKey {
  readonly id: string;
  readonly key: string;
}

export interface WorkerObject {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly offers: Record<string, unknown>;
  readonly tasks_held: number;
  readonly joined_at: string;
  readonly last_seen_at: string;
}
