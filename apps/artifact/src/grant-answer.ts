import type { BodyOf, grantAnswered, grantRequested, GrantTarget } from '@computalot/contracts';

export type GrantRequest = BodyOf<typeof grantRequested>;
export type Grant = NonNullable<BodyOf<typeof grantAnswered>['grant']>;
export type TargetOf<K extends GrantTarget['kind']> = Extract<GrantTarget, { kind: K }>;

/** Why a grant is refused. `storage_unavailable` is the only one that another try can cure. */
export type GrantRefusal =
  | 'not_held'
  | 'no_revision'
  | 'no_map_results'
  | 'secret_missing'
  | 'unknown_artifact'
  | 'artifact_exists'
  | 'not_uploaded'
  | 'size_mismatch'
  | 'hash_mismatch'
  | 'announced_anew'
  | 'storage_unavailable';

export type GrantAnswer =
  | { readonly grant: Grant; readonly error?: never }
  | { readonly grant?: never; readonly error: { code: GrantRefusal; message: string } };

export const refuse = (code: GrantRefusal, message: string): GrantAnswer => ({ error: { code, message } });

/** A transfer that is not needed: the bytes are stored, or there were none to move. */
export const nothingToMove = (artifact_id: string): GrantAnswer => ({
  grant: { url: null, method: 'PUT', headers: {}, artifact_id },
});
