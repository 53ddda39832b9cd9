import type { KeyRole } from '@computalot/contracts';
import type { Queryable } from '../database.js';

export interface KeyRow {
  readonly id: string;
  readonly name: string;
  readonly role: KeyRole;
  readonly created_at: Date;
  /** To a minute. */
  readonly last_used_at: Date | null;
  readonly revoked_at: Date | null;
}

/** Newest first, after the cursor `before`; revoked ones too. */
export function listKeys(db: Queryable, accountId: string, before: string | null, limit: number): Promise<KeyRow[]> {
  return db.query<KeyRow>(
    `SELECT id, name, role, created_at, last_used_at, revoked_at FROM api_keys
     WHERE account_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3`,
    [accountId, before, limit],
  );
}

/** `already`: it was revoked before. */
export async function revokeKeyIfLive(
  db: Queryable,
  accountId: string,
  keyId: string,
): Promise<'not_found' | 'already' | 'revoked'> {
  const place = [accountId, keyId];
  const live =
    'UPDATE api_keys SET revoked_at = now() WHERE account_id = $1 AND id = $2 AND revoked_at IS NULL RETURNING id';
  if ((await db.query(live, place)).length > 0) return 'revoked';
  const known = await db.query('SELECT FROM api_keys WHERE account_id = $1 AND id = $2', place);
  return known.length > 0 ? 'already' : 'not_found';
}
