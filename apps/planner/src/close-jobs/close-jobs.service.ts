import {
  DATABASE,
  closeJob,
  foldAgain,
  isCancelledByUser,
  lockJobToClose,
  nothingSettled,
  readJobFacts,
  type Database,
  type JobToClose,
  type Queryable,
  type Settled,
} from '@computalot/database';
import { decideClose, isBuiltin, type ClosingPlan } from '@computalot/jobs';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { AggregateResults } from '../aggregate-results/aggregate-results.service.js';
import { AnnounceEnds } from '../announce-ends/announce-ends.service.js';
import { ReduceResults } from '../reduce-results/reduce-results.service.js';
import { ClosingPlans } from './closing-plans.service.js';
import { forEachAtMost } from './for-each-at-most.js';

const AT_ONCE = 4;

/**
 * The last word on jobs that the planner closes, once all their tasks have ended: the rest of the results is folded, then `decideClose` says
 * what follows. Every step is guarded, so that two planners, a repeated message or a crash in between do no harm.
 */
@Injectable()
export class CloseJobs {
  private readonly logger = new Logger(CloseJobs.name);

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly plans: ClosingPlans,
    private readonly aggregates: AggregateResults,
    private readonly reductions: ReduceResults,
    private readonly ends: AnnounceEnds,
  ) {}

  /** Returns how many jobs it ended; those that are reduced by a runner go on by themselves. One that cannot be closed now holds up no other; its error is thrown when all were tried. */
  async closeAll(jobIds: readonly string[]): Promise<number> {
    let closed = 0;
    const errors: unknown[] = [];
    await forEachAtMost(AT_ONCE, new Set(jobIds), async (jobId) => {
      try {
        closed += await this.close(jobId);
      } catch (error) {
        errors.push(error);
      }
    });
    if (errors.length > 0) throw errors[0];
    return closed;
  }

  private async close(jobId: string): Promise<number> {
    const plan = await this.plans.of(jobId);
    if (!plan) return 0;
    const { reduce, minSuccess } = plan;
    if (reduce && !isBuiltin(reduce)) {
      this.reductions.goOn(jobId, { reduce, minSuccess });
      return 0;
    }
    await this.aggregates.foldAll(jobId);
    const first = await this.conclude(jobId, plan, true);
    // What was lost of the aggregate has been made good for: the job must end, once more would be for ever.
    const settled = first ?? (await this.aggregates.foldAll(jobId), await this.conclude(jobId, plan, false));
    this.ends.announce(settled ?? nothingSettled);
    return settled?.finished.length ?? 0;
  }

  /** Null when tasks are missing from the aggregate and `mayRepair`: they are to be folded anew. */
  private conclude(jobId: string, plan: ClosingPlan, mayRepair: boolean): Promise<Settled | null> {
    return this.database.transaction(async (tx) => {
      const job = await lockJobToClose(tx, jobId);
      if (!job) return nothingSettled;
      if (mayRepair && isMissingTasks(job)) {
        this.logger.error(
          `job ${jobId} aggregated ${job.folded} of ${job.completed + job.failed} tasks; folding again`,
        );
        await foldAgain(tx, jobId);
        return null;
      }
      return end(tx, job, plan);
    });
  }
}

async function end(tx: Queryable, job: JobToClose, { reduce, minSuccess }: ClosingPlan): Promise<Settled> {
  const [facts] = await readJobFacts(tx, [job.id]);
  if (!facts) return nothingSettled;
  const decision = decideClose({
    counts: job,
    cancelRequested: isCancelledByUser(job),
    maxFailures: job.max_failures,
    reduce,
    minSuccess,
    stages: null,
  });
  return closeJob(tx, job, facts, decision.next === 'fail' ? decision.error : undefined);
}

function isMissingTasks(job: JobToClose): boolean {
  return job.aggregates && job.folded !== job.completed + job.failed;
}
