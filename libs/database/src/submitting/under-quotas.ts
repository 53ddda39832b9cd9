import type { AccountUsage, Overrun, QuotaName, Quotas } from '@computalot/jobs';
import type { Database, Queryable } from '../database.js';
import { lockQuotas, readAccount, readUsage } from './quotas.store.js';

/** What would have been done went beyond a quota, and was not done. */
export class QuotaReached extends Error {
  override readonly name = 'QuotaReached';

  constructor(readonly overrun: Overrun) {
    super(`quota ${overrun.quota} reached`);
  }
}

const REFUSING = ['open_jobs', 'queued_tasks', 'storage_bytes'] as const satisfies readonly QuotaName[];

/**
 * Does `work` unless the account then has more than a quota allows: what it adds is seen by looking before and after. For changes that are rare;
 * submissions are counted before they are written (`acceptWithinQuotas`).
 *
 * @throws QuotaReached; nothing was changed
 */
export function underQuotas<T>(database: Database, accountId: string, work: (tx: Queryable) => Promise<T>): Promise<T> {
  return database.transaction(async (tx) => {
    const quotas = await lockQuotas(tx, accountId);
    if (REFUSING.every((name) => quotas[name] === null)) return work(tx);
    const before = await readUsage(tx, accountId);
    const result = await work(tx);
    const overrun = overrunBetween(quotas, before, await readUsage(tx, accountId));
    if (overrun) throw new QuotaReached(overrun);
    return result;
  });
}

/** A change that adds nothing passes, also where there is more than allowed already. */
function overrunBetween(quotas: Quotas, before: AccountUsage, after: AccountUsage): Overrun | null {
  for (const quota of REFUSING) {
    const [limit, used, wanted] = [quotas[quota], before[quota], after[quota] - before[quota]];
    if (limit !== null && wanted > 0 && used + wanted > limit) return { quota, limit, used, wanted };
  }
  return null;
}

/** The overrun of storing so many bytes more, to be asked before they are sent anywhere; null when there is room. */
export async function storageOverrun(db: Queryable, accountId: string, wanted: number): Promise<Overrun | null> {
  const limit = (await readAccount(db, accountId))?.quotas.storage_bytes ?? null;
  if (limit === null) return null;
  const { storage_bytes: used } = await readUsage(db, accountId);
  return used + wanted > limit ? { quota: 'storage_bytes', limit, used, wanted } : null;
}
