import type { AccountWithQuotasObject } from '@computalot/contracts';
import type { AccountWithQuotas } from '@computalot/database';
import type { AccountUsage, QuotaName } from '@computalot/jobs';
import { encodeId } from '@computalot/kernel';

export function accountObject(account: AccountWithQuotas, usage: AccountUsage): AccountWithQuotasObject {
  const quota = (name: QuotaName) => ({ limit: account.quotas[name], used: usage[name] });
  return {
    id: encodeId('acc', account.id),
    name: account.name,
    created_at: account.created_at.toISOString(),
    quotas: {
      open_jobs: quota('open_jobs'),
      queued_tasks: quota('queued_tasks'),
      running_tasks: quota('running_tasks'),
      storage_bytes: quota('storage_bytes'),
    },
  };
}
