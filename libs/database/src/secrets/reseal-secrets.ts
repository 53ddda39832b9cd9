import type { Queryable } from '../database.js';
import type { SecretKeys } from './secret-keys.js';
import { placeOf } from './secrets.store.js';

interface SealedRow {
  readonly account_id: string;
  readonly name: string;
  readonly sealed: Buffer;
}

/** How many secrets got the current key, and how many no key here opens. */
export interface Resealed {
  readonly resealed: number;
  readonly unopened: number;
}

const PAGE = 200;

/**
 * Seals with the first key what another one sealed. A secret that is set meanwhile keeps its new value; several processes may do it at once.
 */
export async function resealSecrets(db: Queryable, keys: SecretKeys): Promise<Resealed> {
  let [resealed, unopened] = [0, 0];
  let after: readonly [string, string] = ['00000000-0000-0000-0000-000000000000', ''];
  for (;;) {
    const rows = await db.query<SealedRow>(
      `SELECT account_id, name, sealed FROM secrets WHERE (account_id, name) > ($1, $2) AND substring(sealed FROM 1 FOR 4) <> $3
       ORDER BY account_id, name LIMIT $4`,
      [...after, keys.currentId, PAGE],
    );
    for (const row of rows) {
      if (await reseal(db, keys, row)) resealed++;
      else unopened++;
    }
    const last = rows.at(-1);
    if (!last || rows.length < PAGE) return { resealed, unopened };
    after = [last.account_id, last.name];
  }
}

/** False when no key here opens it. */
async function reseal(db: Queryable, keys: SecretKeys, { account_id, name, sealed }: SealedRow): Promise<boolean> {
  const place = placeOf(account_id, name);
  const value = keys.open(sealed, place);
  if (value === null) return false;
  await db.query('UPDATE secrets SET sealed = $4 WHERE account_id = $1 AND name = $2 AND sealed = $3', [
    account_id,
    name,
    sealed,
    keys.seal(value, place),
  ]);
  return true;
}
