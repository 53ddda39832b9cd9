import type { Database } from '@computalot/database';

const CASES = [
  ['max_storage_bytes = 1', 'storage_full'],
  ['max_storage_bytes = NULL, max_open_jobs = 1', 'quota_exceeded'],
  ['max_open_jobs = NULL, max_queued_tasks = 0', 'quota_too_small'],
] as const;

/** Holds an account that has jobs and code to one quota after the other; `refused` submits, and expects the code. */
export async function refusedForQuotas(
  database: Database,
  accountId: string,
  refused: (code: (typeof CASES)[number][1]) => Promise<unknown>,
): Promise<void> {
  for (const [quota, code] of CASES) {
    await database.query(`UPDATE accounts SET ${quota} WHERE id = $1`, [accountId]);
    await refused(code);
  }
  await database.query(
    'UPDATE accounts SET max_open_jobs = NULL, max_queued_tasks = NULL, max_storage_bytes = NULL WHERE id = $1',
    [accountId],
  );
}
