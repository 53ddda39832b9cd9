import type { TaskError } from '@computalot/contracts';
import {
  DATABASE,
  addReduceStage,
  closeJob,
  isCancelledByUser,
  lockJobToClose,
  nothingSettled,
  putAggregate,
  readCompletedResults,
  readFirstUnfinished,
  readJobFacts,
  readRunContexts,
  type Database,
  type JobToClose,
  type Queryable,
  type Settled,
} from '@computalot/database';
import {
  decideClose,
  laterReduceTasks,
  reduceContextOf,
  type CloseDecision,
  type RunnerReduce,
} from '@computalot/jobs';
import { encodeId, taskId } from '@computalot/kernel';
import { OBJECT_STORE, type ObjectStore } from '@computalot/object-store';
import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { text } from 'node:stream/consumers';
import { AnnounceEnds } from '../announce-ends/announce-ends.service.js';
import { PlanJobs } from '../plan-jobs/plan-jobs.service.js';
import { ResultMissing, openStoredResult } from './open-stored-result.js';
import { WorkByKey } from './work-by-key.js';
import { WriteMapResults } from './write-map-results.service.js';

const JOBS_AT_ONCE = 4;

export interface RunnerPlan {
  readonly reduce: RunnerReduce;
  readonly minSuccess: number;
}

type Stage = Extract<CloseDecision, { next: 'stage' }>;
type Conclusion = { readonly settled: Settled; readonly isPlanned: boolean };
/** What was made ready for the step that follows: the text of the whole's result, or why there is none. */
type Ready = { readonly aggregate?: string; readonly failure?: TaskError };

const nothing: Conclusion = { settled: nothingSettled, isPlanned: false };

/**
 * Reduces by a runner: whenever all tasks of a map_reduce have ended, the next stage of reduce tasks is planned, or the job ends. What the tasks of
 * a stage read is written before they are there, from results that cannot change any more; then one transaction adds the stage, if the job still
 * stands where it stood. Two planners, a repeated message or a crash in between cost some writing and change nothing.
 *
 * Writing for a large stage takes its time, so nobody waits for it: other jobs end meanwhile, and what is broken off is begun again by whoever
 * looks for jobs to close.
 */
@Injectable()
export class ReduceResults implements OnModuleDestroy {
  private readonly logger = new Logger(ReduceResults.name);
  private readonly work = new WorkByKey(JOBS_AT_ONCE);
  private readonly stop = new AbortController();

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OBJECT_STORE) private readonly objects: ObjectStore,
    private readonly inputs: WriteMapResults,
    private readonly planner: PlanJobs,
    private readonly ends: AnnounceEnds,
  ) {}

  goOn(jobId: string, plan: RunnerPlan): void {
    if (!this.stop.signal.aborted) this.work.want(jobId, () => this.tryStep(jobId, plan));
  }

  /** When all that was begun is done. */
  settled(): Promise<void> {
    return this.work.settled();
  }

  onModuleDestroy(): Promise<void> {
    this.stop.abort();
    return this.settled();
  }

  private async tryStep(jobId: string, plan: RunnerPlan): Promise<void> {
    try {
      const { settled, isPlanned } = await this.step(jobId, plan);
      this.ends.announce(settled);
      if (isPlanned) await this.planner.plan([jobId]);
    } catch (error) {
      if (!this.stop.signal.aborted)
        this.logger.warn(`job ${jobId} cannot be reduced now: ${(error as Error).message}`);
    }
  }

  private async step(jobId: string, plan: RunnerPlan): Promise<Conclusion> {
    this.stop.signal.throwIfAborted();
    const seen = await this.database.transaction((tx) => lockJobToClose(tx, jobId));
    if (!seen) return nothing;
    const ready = await this.prepare(seen, decide(seen, plan));
    return this.database.transaction(async (tx) => {
      const job = await lockJobToClose(tx, jobId);
      const isSame = job?.run === seen.run && job.task_total === seen.task_total;
      return isSame ? conclude(tx, job, plan, ready) : nothing;
    });
  }

  private async prepare(job: JobToClose, decision: CloseDecision): Promise<Ready> {
    try {
      if (decision.next === 'result') return { aggregate: await this.resultOf(job.id, decision.index) };
      // The tasks of a job that is to be cancelled read nothing: they are planned as cancelled.
      if (decision.next === 'stage' && !job.cancel_requested) {
        await this.inputs.write({ jobId: job.id, ...treeOf(job, decision) }, decision.stage, this.stop.signal);
      }
      return {};
    } catch (error) {
      if (!(error instanceof ResultMissing)) throw error;
      return { failure: { code: 'reduce_failed', message: `${error.message} Nothing can be reduced without it.` } };
    }
  }

  private async resultOf(jobId: string, index: number): Promise<string> {
    const range = { from: index, until: index + 1 };
    const [row] = await readCompletedResults(this.database, jobId, range, { rows: 1, bytes: 0 });
    if (!row) throw new ResultMissing(index);
    return row.stored_bytes === null ? (row.result ?? 'null') : text(await openStoredResult(this.objects, jobId, row));
  }
}

/** The same for the job as it is seen and as it is locked, but that its cancellation may have been requested in between. */
function decide(job: JobToClose, { reduce, minSuccess }: RunnerPlan): CloseDecision {
  const { max_failures: maxFailures, reduce: stages } = job;
  return decideClose({ counts: job, cancelRequested: isCancelledByUser(job), maxFailures, reduce, minSuccess, stages });
}

/** Its reduction belongs to the run that planned its first stage. */
function treeOf(job: JobToClose, { stages, failed }: Stage) {
  return { run: job.reduce?.run ?? job.run, map_total: job.reduce?.map_total ?? job.task_total, failed, stages };
}

async function conclude(tx: Queryable, job: JobToClose, plan: RunnerPlan, ready: Ready): Promise<Conclusion> {
  const decision = decide(job, plan);
  if (decision.next === 'stage' && !ready.failure) {
    await addStage(tx, job, plan, decision);
    return { settled: nothingSettled, isPlanned: true };
  }
  const [facts] = await readJobFacts(tx, [job.id]);
  if (!facts) return nothing;
  if (decision.next === 'result' && ready.aggregate !== undefined) await putAggregate(tx, job.id, ready.aggregate);
  const failure = decision.next === 'fail' ? await named(tx, job, decision.error) : ready.failure;
  return { settled: await closeJob(tx, job, facts, decision.next === 'end' ? undefined : failure), isPlanned: false };
}

async function addStage(tx: Queryable, job: JobToClose, { reduce }: RunnerPlan, decision: Stage): Promise<void> {
  const context = (await readRunContexts(tx, [job.id])).get(job.id);
  if (!context) throw new Error(`job ${job.id} has no run context`);
  const tree = treeOf(job, decision);
  await addReduceStage(tx, job.id, {
    tasks: decision.stage.tasks,
    tasks_ahead: laterReduceTasks(decision.stages, decision.stage),
    map_total: tree.map_total,
    context: reduceContextOf(context, reduce, tree),
  });
}

/** A failed reduce is told by the first of its tasks that did not complete. */
async function named(tx: Queryable, job: JobToClose, error: TaskError): Promise<TaskError> {
  if (error.code !== 'reduce_failed' || !job.reduce) return error;
  const task = await readFirstUnfinished(tx, job.id, job.reduce.map_total);
  if (!task) return error;
  const name = taskId(encodeId('job', job.id), task.index);
  const end = task.state === 'failed' ? 'failed' : 'was stopped';
  return { ...error, message: `Reduce task ${name} ${end}. ${error.message}` };
}
