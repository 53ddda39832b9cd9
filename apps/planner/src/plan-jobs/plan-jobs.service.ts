import {
  jobFinishedEvent,
  jobPlannedEvent,
  planningWanted,
  workAvailable,
  type OutgoingEvent,
  type RunContext,
  type TaskSpec,
} from '@computalot/contracts';
import {
  DATABASE,
  JobDelta,
  beginPlanningIfNew,
  failPlanningIfNew,
  insertEvents,
  insertTaskSlice,
  lockPlanningIfFree,
  nothingSettled,
  readJobToPlan,
  readPlanned,
  readUnplannedJobs,
  readJobFacts,
  settleJobs,
  type Closing,
  type Database,
  type JobToPlan,
  type PlannedSlice,
  type Queryable,
  type Settled,
} from '@computalot/database';
import { planJob, type PlannedJob, type Resolved } from '@computalot/jobs';
import { encodeId, newUuid } from '@computalot/kernel';
import { LIVE_FEED, type LiveFeed } from '@computalot/live-feed';
import { OUTBOX_RELAY, PUBLISHER, type OutboxRelay, type Publisher } from '@computalot/messaging';
import { OBJECT_STORE, objectKeys, type ObjectStore } from '@computalot/object-store';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { AnnounceEnds } from '../announce-ends/announce-ends.service.js';
import { applyReuse, liveEntriesOf, type AppliedReuse } from '../reuse-results/apply-reuse.js';
import { ReuseResults } from '../reuse-results/reuse-results.service.js';
import type { Reuse } from '../reuse-results/reusing-job.js';
import { ResolveNames } from '../resolve-names/resolve-names.service.js';
import { runContextOf } from './run-context-of.js';
import { StoreSpecParts } from './store-spec-parts.service.js';

/** Rows of the first slice: small, so that the first task is placed while the rest is still being inserted. */
const FIRST_SLICE = 2_000;
/** Rows of the others: each a transaction of some ten milliseconds. */
const SLICE = 10_000;
/** Tasks of a job with `cache`, each up to twenty-five times the work of another, after which other jobs get their turn. */
const TURN = 10_000;

type Prepared =
  | {
      readonly ok: true;
      readonly spec: TaskSpec;
      readonly context: RunContext;
      readonly specText: string;
      readonly taskTotal: number;
      readonly closing: Closing;
    }
  | { readonly ok: false; readonly error: { readonly code: string; readonly message: string } };

const artifactGone = {
  code: 'items_artifact_gone',
  message: 'The artifact in fan_out.items_artifact was deleted before the job was planned.',
};

interface Inserted extends AppliedReuse {
  readonly slice: PlannedSlice;
}

/** Turns accepted jobs into task rows. Every step is guarded, so that two planners, a repeated message or a crash in between do no harm. */
@Injectable()
export class PlanJobs {
  private readonly logger = new Logger(PlanJobs.name);

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(PUBLISHER) private readonly publisher: Publisher,
    @Inject(OUTBOX_RELAY) private readonly relay: OutboxRelay,
    @Inject(LIVE_FEED) private readonly feed: LiveFeed,
    @Inject(OBJECT_STORE) private readonly objects: ObjectStore,
    private readonly ends: AnnounceEnds,
    private readonly reuse: ReuseResults,
    private readonly parts: StoreSpecParts,
    private readonly names: ResolveNames,
  ) {}

  /**
   * Those among the jobs that still lack tasks: most were planned when the wish for it came, before the message. `waiting` ones are not to be
   * planned before their dependencies hold.
   */
  async unplannedOf(jobIds: readonly string[]): Promise<{ ready: string[]; waiting: string[] }> {
    const jobs = await readUnplannedJobs(this.database, jobIds);
    const idsWhere = (waits: boolean) => jobs.filter((job) => job.waits === waits).map((job) => job.id);
    return { ready: idsWhere(false), waiting: idsWhere(true) };
  }

  /** Plans the jobs to their end, whatever stage each is in. Returns how many task rows were inserted. */
  async plan(jobIds: readonly string[]): Promise<number> {
    let inserted = 0;
    const begun: string[] = [];
    for (const jobId of jobIds) {
      const first = await this.begin(jobId);
      inserted += first?.planned ?? 0;
      if (!first || first.planned < first.task_total) begun.push(jobId);
    }
    // Every job gets its first slice before any gets its second.
    for (const jobId of begun) inserted += await this.insertRest(jobId);
    return inserted;
  }

  /** One submission in memory at a time: it may be as large as a request. Null when there is nothing to begin. */
  private async begin(jobId: string): Promise<PlannedSlice | null> {
    const job = await readJobToPlan(this.database, jobId);
    if (!job) return null;
    const names = await this.names.of(job);
    const prepared = names.ok ? this.prepare(job, names.resolved) : names;
    if (!prepared.ok) return this.fail(job, prepared.error);
    const { spec, specText, taskTotal, closing } = prepared;
    const spec_parts = await this.parts.store(job, spec);
    if (spec_parts === null) return this.fail(job, artifactGone);
    const context: RunContext = spec_parts ? { ...prepared.context, spec_parts } : prepared.context;
    // Before the transaction: the key is the job's own, so that writing it twice is harmless and no worker can ask for it too early.
    if (context.spec === null) await this.objects.put(objectKeys.spec(job.id), Buffer.from(specText));
    const inserted = await this.database.transaction(async (tx) => {
      if (!(await beginPlanningIfNew(tx, job.id, taskTotal, context, closing))) return null;
      await insertEvents(tx, [plannedEvent(job, taskTotal)]);
      // What its tasks may reuse is looked up without a transaction: the first slice comes with the others then.
      if (job.submission['cache'] === true) return null;
      return this.insertSlice(tx, job.id, FIRST_SLICE);
    });
    this.announce(inserted);
    return inserted?.slice ?? null;
  }

  private prepare(job: JobToPlan, resolved: Resolved | null): Prepared {
    const planned = planJob(job.submission, job.item_total, resolved);
    if (!planned.ok) return { ok: false, error: { code: planned.code, message: planned.detail } };
    const { spec } = planned;
    const specText = JSON.stringify(spec);
    const context = runContextOf(job, spec, specText);
    if (!context) {
      const message = 'The submission has no runner_command and the revision no entrypoint.command.';
      return { ok: false, error: { code: 'no_command', message } };
    }
    return { ok: true, spec, context, specText, taskTotal: planned.task_total, closing: closingOf(planned) };
  }

  private async fail(job: JobToPlan, error: { code: string; message: string }): Promise<null> {
    this.logger.warn(`job ${job.id} cannot be planned: ${error.code}`);
    const isFailed = await this.database.transaction(async (tx) => {
      if (!(await failPlanningIfNew(tx, job.id, error))) return false;
      await insertEvents(tx, [failedEvent(job)]);
      return true;
    });
    if (!isFailed) return null;
    this.feed.append(job.id, [{ kind: 'job', status: 'failed', task_counts: {}, terminal: true }]);
    this.relay.wake();
    return null;
  }

  /** Until nothing is left, or another planner is at it: then it goes on from there. A job that reuses results goes on later when it is a large one. */
  private async insertRest(jobId: string): Promise<number> {
    let inserted = 0;
    const reusing = await this.reuse.of(jobId);
    if (reusing === 'not begun') return inserted;
    for (;;) {
      const reuse = await reusing?.next();
      const next = await this.database.transaction((tx) =>
        reuse ? this.insertReusing(tx, jobId, reuse) : this.insertSlice(tx, jobId, SLICE),
      );
      if (next === 'moved') continue;
      if (!next) return inserted;
      inserted += next.slice.inserted;
      this.announce(next);
      if (!reuse || inserted < TURN || next.slice.planned === next.slice.task_total) continue;
      this.publisher.send(planningWanted, { job_ids: [jobId] });
      return inserted;
    }
  }

  private async insertSlice(tx: Queryable, jobId: string, size: number): Promise<Inserted | null> {
    return (await lockPlanningIfFree(tx, jobId)) ? insertLocked(tx, jobId, size) : null;
  }

  /** 'moved' when another planner has inserted the tasks that `reuse` is about. */
  private async insertReusing(tx: Queryable, jobId: string, reuse: Reuse): Promise<Inserted | 'moved' | null> {
    if (!(await lockPlanningIfFree(tx, jobId))) return null;
    if ((await readPlanned(tx, jobId)) !== reuse.first) return 'moved';
    return insertLocked(tx, jobId, reuse.prints.length, reuse);
  }

  private announce(inserted: Inserted | null): void {
    this.publisher.send(workAvailable, {});
    this.relay.wake();
    if (!inserted) return;
    const entries = liveEntriesOf(inserted);
    if (entries.length > 0) this.feed.append(inserted.slice.id, entries);
    this.ends.announce(inserted.settled);
  }
}

/** The last word on a job is the planner's where something follows its tasks. */
export function closingOf({ aggregates, reduces, reduce_total: tasksAhead }: PlannedJob): Closing {
  return { aggregates, closedByPlanner: aggregates || reduces, tasksAhead };
}

/** Hold {@link lockPlanningIfFree}. */
async function insertLocked(tx: Queryable, jobId: string, size: number, reuse?: Reuse): Promise<Inserted | null> {
  const slice = await insertTaskSlice(tx, jobId, size);
  if (!slice) return null;
  if (slice.born_cancelled) return { slice, settled: await settle(tx, jobId), completed: [] };
  return { slice, ...(reuse ? await applyReuse(tx, slice, reuse) : { settled: nothingSettled, completed: [] }) };
}

async function settle(tx: Queryable, jobId: string): Promise<Settled> {
  const facts = new Map((await readJobFacts(tx, [jobId])).map((job) => [job.id, job]));
  return settleJobs(tx, new Map([[jobId, new JobDelta()]]), facts);
}

const about = (job: JobToPlan, status: string) => ({
  job_id: encodeId('job', job.id),
  account_id: encodeId('acc', job.account_id),
  type: job.type,
  status,
  tags: job.tags,
  ...(job.client_ref === null ? {} : { client_ref: job.client_ref }),
});

function outgoing(job: JobToPlan, type: string, data: object): OutgoingEvent {
  return { type, id: newUuid(), subject: encodeId('job', job.id), time: new Date().toISOString(), data };
}

const plannedEvent = (job: JobToPlan, taskTotal: number) =>
  outgoing(job, jobPlannedEvent.type, { ...about(job, 'queued'), task_total: taskTotal });

const failedEvent = (job: JobToPlan) =>
  outgoing(job, jobFinishedEvent.type, {
    ...about(job, 'failed'),
    task_counts: {},
    run: job.run,
    finished_at: new Date().toISOString(),
  });
