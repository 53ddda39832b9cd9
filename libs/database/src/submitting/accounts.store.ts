import { createHash, randomBytes } from 'node:crypto';
import type { KeyRole } from '@computalot/contracts';
import { encodeId, newUuid } from '@computalot/kernel';
import { writeAuditEntry } from '../auditing/index.js';
import type { Database, Queryable } from '../database.js';
import { loadSql } from '../load-sql.js';

const sql = { findKeyByHash: loadSql('find-key-by-hash') };

export interface KeyOwner {
  readonly id: string;
  readonly account_id: string;
  readonly role: KeyRole;
  /** The key's account runs the installation. */
  readonly is_operator: boolean;
}

export interface AccountRow {
  readonly id: string;
  readonly name: string;
  readonly created_at: Date;
}

const DEFAULT_ACCOUNT = 'default';

export function hashKey(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

/** 32 random bytes after the prefix that scanners of leaked secrets can look for. */
export function newKey(): string {
  return `flk_${randomBytes(32).toString('base64url')}`;
}

/** The one lookup without an account: it finds out whose request this is. */
export async function findKeyByHash(db: Queryable, hash: Buffer): Promise<KeyOwner | null> {
  return (await db.query<KeyOwner>(sql.findKeyByHash, [hash]))[0] ?? null;
}

/** Bounded by the default quotas. The account of this id too, when it exists: an earlier run of the same request made it. Null when another has the name. */
export async function createAccount(db: Queryable, name: string, id = newUuid()): Promise<AccountRow | null> {
  const rows = await db.query<AccountRow>(
    `INSERT INTO accounts (id, name, max_open_jobs, max_queued_tasks, max_running_tasks, max_storage_bytes)
     SELECT $1, $2, max_open_jobs, max_queued_tasks, max_running_tasks, max_storage_bytes FROM default_quotas
     ON CONFLICT (name) DO UPDATE SET name = excluded.name WHERE accounts.id = excluded.id RETURNING id, name, created_at`,
    [id, name],
  );
  return rows[0] ?? null;
}

/**
 * The id and the key itself, which is not kept; null when there is no such account. A key of this id that exists was made by an earlier run of the same
 * request, which did not live to show it: it becomes this one.
 */
export async function createKey(
  db: Queryable,
  accountId: string,
  { role, name, key = newKey(), id = newUuid() }: { role: KeyRole; name: string; key?: string; id?: string },
): Promise<{ id: string; key: string } | null> {
  const rows = await db.query<{ id: string }>(
    `INSERT INTO api_keys (id, account_id, name, role, key_hash)
     SELECT $1, a.id, $3, $4, $5 FROM accounts a WHERE a.id = $2
     ON CONFLICT (id) DO UPDATE SET key_hash = excluded.key_hash WHERE api_keys.account_id = excluded.account_id RETURNING id`,
    [id, accountId, name, role, hashKey(key)],
  );
  return rows[0] ? { id: rows[0].id, key } : null;
}

export interface AdminKey {
  /** The key, when it was generated here: to be shown once. Null when it was given or existed. */
  readonly generated: string | null;
  readonly account_id: string;
}

/**
 * At first start: the operator's account "default" and an admin key of it, the given one or a generated one. Later a given key is added when it is new, so
 * that an operator can replace a lost one; without one nothing changes. Safe when several gateways start at once.
 *
 * @throws RangeError when the given key does not start with `flk_` or is short enough to be guessed
 */
export async function ensureAdminKey(database: Database, key?: string): Promise<AdminKey> {
  if (key !== undefined && !/^flk_[\x21-\x7e]{12,500}$/.test(key)) {
    throw new RangeError('an admin key starts with "flk_" and has at least 12 more visible characters');
  }
  return database.transaction(async (tx) => {
    await tx.query('INSERT INTO accounts (id, name, is_operator) VALUES ($1, $2, true) ON CONFLICT (name) DO NOTHING', [
      newUuid(),
      DEFAULT_ACCOUNT,
    ]);
    const [account] = await tx.query<{ id: string }>('SELECT id FROM accounts WHERE name = $1 FOR UPDATE', [
      DEFAULT_ACCOUNT,
    ]);
    if (!account) throw new Error('the account "default" is gone');
    if (key !== undefined) {
      if (!(await findKeyByHash(tx, hashKey(key)))) await addAdminKey(tx, account.id, key);
      return { generated: null, account_id: account.id };
    }
    const held = await tx.query(
      "SELECT FROM api_keys WHERE account_id = $1 AND role = 'admin' AND revoked_at IS NULL LIMIT 1",
      [account.id],
    );
    if (held.length > 0) return { generated: null, account_id: account.id };
    return { generated: await addAdminKey(tx, account.id), account_id: account.id };
  });
}

async function addAdminKey(tx: Queryable, accountId: string, key = newKey()): Promise<string> {
  const created = await createKey(tx, accountId, { role: 'admin', name: 'bootstrap', key });
  if (!created) throw new Error(`account ${accountId} is gone`);
  const target = encodeId('key', created.id);
  await writeAuditEntry(tx, null, { action: 'key.created', account_id: accountId, target, details: { role: 'admin' } });
  return key;
}
