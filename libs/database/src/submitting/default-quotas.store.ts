import type { Quotas } from '@computalot/jobs';
import type { Queryable } from '../database.js';
import { QUOTA_COLUMNS } from './quotas.store.js';

/** What new accounts are bounded by. */
export async function readDefaultQuotas(db: Queryable): Promise<Quotas> {
  return onlyRow(await db.query<Quotas>(`SELECT ${QUOTA_COLUMNS} FROM default_quotas`));
}

/** Accounts that are there keep theirs. */
export async function setDefaultQuotas(db: Queryable, quotas: Quotas): Promise<Quotas> {
  const rows = await db.query<Quotas>(
    `UPDATE default_quotas SET max_open_jobs = $1, max_queued_tasks = $2, max_running_tasks = $3, max_storage_bytes = $4
     RETURNING ${QUOTA_COLUMNS}`,
    [quotas.open_jobs, quotas.queued_tasks, quotas.running_tasks, quotas.storage_bytes],
  );
  return onlyRow(rows);
}

function onlyRow([row]: readonly Quotas[]): Quotas {
  if (!row) throw new Error('default_quotas has lost its row');
  return row;
}
