import type { Queryable } from '../database.js';
import { reaching, type PrismaClient } from '../prisma.js';
import type { SecretKeys } from './secret-keys.js';

/** What may be told of a secret. */
export interface SecretFacts {
  readonly name: string;
  readonly created_at: Date;
  readonly updated_at: Date;
}

const shown = { name: true, created_at: true, updated_at: true } as const;
/** What a sealed value is bound to. */
export const placeOf = (accountId: string, name: string): string => `${accountId}/${name}`;

/** Sets or replaces a secret. */
export async function putSecret(
  db: Queryable,
  keys: SecretKeys,
  { accountId, name, value }: { accountId: string; name: string; value: string },
): Promise<SecretFacts> {
  const [row] = await db.query<SecretFacts>(
    `INSERT INTO secrets (account_id, name, sealed) VALUES ($1, $2, $3)
     ON CONFLICT (account_id, name) DO UPDATE SET sealed = excluded.sealed, updated_at = now() RETURNING name, created_at, updated_at`,
    [accountId, name, keys.seal(value, placeOf(accountId, name))],
  );
  if (!row) throw new Error('an upsert without a row');
  return row;
}

/** By name, after the cursor. */
export function listSecrets(
  prisma: PrismaClient,
  accountId: string,
  after: string | null,
  limit: number,
): Promise<SecretFacts[]> {
  const query = prisma.secret.findMany({
    where: { account_id: accountId, ...(after === null ? {} : { name: { gt: after } }) },
    orderBy: { name: 'asc' },
    take: limit,
    select: shown,
  });
  return reaching(query);
}

/** False when there was none. */
export async function deleteSecret(db: Queryable, accountId: string, name: string): Promise<boolean> {
  const query = 'DELETE FROM secrets WHERE account_id = $1 AND name = $2 RETURNING name';
  return (await db.query(query, [accountId, name])).length > 0;
}

/** Those of `names` that the account does not have. */
export async function missingSecrets(
  prisma: PrismaClient,
  accountId: string,
  names: readonly string[],
): Promise<string[]> {
  const where = { account_id: accountId, name: { in: [...names] } };
  const found = new Set(
    (await reaching(prisma.secret.findMany({ where, select: { name: true } }))).map(({ name }) => name),
  );
  return names.filter((name) => !found.has(name));
}

/** Their values by name; null for one that is gone or that no key here opens. */
export async function openSecrets(
  prisma: PrismaClient,
  keys: SecretKeys,
  accountId: string,
  names: readonly string[],
): Promise<Record<string, string | null>> {
  const where = { account_id: accountId, name: { in: [...names] } };
  const rows = new Map((await reaching(prisma.secret.findMany({ where }))).map((row) => [row.name, row.sealed]));
  return Object.fromEntries(
    names.map((name) => {
      const sealed = rows.get(name);
      return [name, sealed ? keys.open(sealed, placeOf(accountId, name)) : null];
    }),
  );
}
