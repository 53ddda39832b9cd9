import type { KeyRole } from './projects.js';

/** Seconds for which an entry is kept unless the operator says otherwise: 400 days, a year and its report. */
export const DEFAULT_AUDIT_TTL_S = 400 * 24 * 3600;

/** Everything that leaves an entry in the audit log. */
export const AUDIT_ACTIONS = [
  'account.created',
  'account.quotas_set',
  'artifact.deleted',
  'default_quotas.set',
  'job.deleted',
  'key.created',
  'key.revoked',
  'profile.deleted',
  'profile.put',
  'project.deleted',
  'recipes.discovered',
  'secret.deleted',
  'secret.put',
  'webhook_secret.rotated',
  'worker.drained',
  'worker.resumed',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

export interface AuditEntryObject {
  readonly id: string;
  readonly created_at: string;
  readonly action: AuditAction;
  /** Null: the installation itself. */
  readonly actor: { readonly key_id: string; readonly account_id: string; readonly role: KeyRole } | null;
  /** Whose it was; null: the installation's. */
  readonly account_id: string | null;
  readonly target: string;
  readonly request_id: string | null;
  readonly client_address: string | null;
  readonly details: object | null;
}

/** An API key; the key itself is never shown again. */
export interface KeyObject {
  readonly id: string;
  readonly name: string;
  readonly role: KeyRole;
  readonly created_at: string;
  readonly last_used_at: string | null;
  readonly revoked_at: string | null;
}

export interface QuotasObject {
  readonly open_jobs: number | null;
  readonly queued_tasks: number | null;
  readonly running_tasks: number | null;
  readonly storage_bytes: number | null;
}
