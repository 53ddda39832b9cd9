import { DATABASE, deleteExpiredJobs, type Database } from '@computalot/database';
import { firstUuidAt } from '@computalot/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { RETENTION, type Retention } from './retention.js';

const JOBS_AT_ONCE = 100;
/** Clocks of those who make ids and those who end jobs may differ by so much. */
const SKEW_MS = 3_600_000;

/** Deletes jobs whose results are older than the operator keeps them, as their users could. */
@Injectable()
export class ExpireJobs {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(RETENTION) private readonly retention: Retention,
  ) {}

  /** Returns how many jobs it deleted, a bounded number of those that are due. */
  async runOnce(now = Date.now()): Promise<number> {
    const { resultTtl_s } = this.retention;
    if (resultTtl_s === null) return 0;
    const below = firstUuidAt(now - resultTtl_s * 1_000 + SKEW_MS);
    return (await deleteExpiredJobs(this.database, { below, ttlSeconds: resultTtl_s, limit: JOBS_AT_ONCE })).length;
  }
}
