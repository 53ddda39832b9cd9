import { MAX_BACKLOG, WORKER_TTL_MS, workerAssign, type BodyOf } from '@computalot/contracts';
import {
  DATABASE,
  claimQueuedTasks,
  lockAvailableWorkers,
  lockJobsWithMaxParallel,
  lockRunningRoom,
  readClaimableGroups,
  readWorkerHoldings,
  readRunContexts,
  type AvailableWorker,
  type Claim,
  type ClaimableGroup,
  type Database,
  type Holding,
  type Queryable,
} from '@computalot/database';
import { PUBLISHER, type Publisher } from '@computalot/messaging';
import { calmAfter, place, type Assignment, type Group, type WorkerView } from '@computalot/placement';
import { Inject, Injectable } from '@nestjs/common';
import { RuntimeHints } from '../estimate-runtimes/runtime-hints.js';

const JOBS_PER_ACCOUNT = 256;

interface Round {
  readonly claims: readonly Claim[];
  readonly workers: readonly AvailableWorker[];
  readonly contexts: Awaited<ReturnType<typeof readRunContexts>>;
  readonly calmMs: number;
}

const emptyRound: Round = { claims: [], workers: [], contexts: new Map(), calmMs: 0 };

/** One placement round: groups and workers in, one claim, one message per worker out. */
@Injectable()
export class AssignTasks {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(PUBLISHER) private readonly publisher: Publisher,
    private readonly hints: RuntimeHints,
  ) {}

  private calm = 0;

  /** Milliseconds after the last round for which freed slots need no further one: backlogs fill them. */
  get calmMs(): number {
    return this.calm;
  }

  /** Returns how many tasks were leased. */
  async runOnce(): Promise<number> {
    const round = await this.database.transaction((tx) => placeAndClaim(tx, this.hints));
    this.calm = round.calmMs;
    for (const worker of round.workers) {
      const claims = round.claims.filter((claim) => claim.worker_id === worker.id);
      if (claims.length > 0) this.publisher.send(workerAssign, assignmentOf(worker, claims, round.contexts), worker.id);
    }
    return round.claims.reduce((sum, claim) => sum + claim.indices.length, 0);
  }
}

async function placeAndClaim(tx: Queryable, hints: RuntimeHints): Promise<Round> {
  const claimable = await readClaimableGroups(tx, JOBS_PER_ACCOUNT);
  if (claimable.length === 0) return emptyRound;
  const workers = await lockAvailableWorkers(tx, WORKER_TTL_MS / 1000);
  if (workers.length === 0) return emptyRound;
  const accountRoom = await roomUnderQuotas(tx, claimable);
  const groups = claimable.filter(
    ({ account_id, max_running_tasks }) => max_running_tasks === null || accountRoom.has(account_id),
  );
  const { assignments, calmMs } = await decide(
    tx,
    groups.map((group) => groupOf(group, hints)),
    workers,
    accountRoom,
  );
  const placeable = await withoutForeignJobs(tx, assignments, groups);
  if (placeable.length === 0) return { ...emptyRound, calmMs };
  const claims = await claimQueuedTasks(tx, placeable);
  const contexts = await readRunContexts(tx, [...new Set(claims.map((claim) => claim.job_id))]);
  return { claims, workers, contexts, calmMs };
}

async function decide(
  tx: Queryable,
  waiting: readonly Group[],
  workers: readonly AvailableWorker[],
  accountRoom: ReadonlyMap<string, number>,
): Promise<{ assignments: Assignment[]; calmMs: number }> {
  const holdings = await readWorkerHoldings(
    tx,
    workers.map((worker) => worker.id),
  );
  const views = workers.map((worker) => viewOf(worker, holdings));
  const assignments = place(waiting, views, usageOf(holdings), { maxBacklog: MAX_BACKLOG, accountRoom });
  const before = holdings.map(({ job_id, worker_id, count }) => ({ jobId: job_id, workerId: worker_id, count }));
  return { assignments, calmMs: calmAfter(views, waiting, [...before, ...assignments]) };
}

/** Tasks that accounts with a quota of running ones may still be given; those that another scheduler places for are left out. */
async function roomUnderQuotas(tx: Queryable, groups: readonly ClaimableGroup[]): Promise<Map<string, number>> {
  const bounded = groups.filter(({ max_running_tasks }) => max_running_tasks !== null);
  if (bounded.length === 0) return new Map();
  return lockRunningRoom(tx, [...new Set(bounded.map(({ account_id }) => account_id))]);
}

/** A job with max_parallel is placed by one scheduler at a time: two would each fill it. */
async function withoutForeignJobs(
  tx: Queryable,
  assignments: readonly Assignment[],
  groups: readonly ClaimableGroup[],
): Promise<readonly Assignment[]> {
  const limited = new Set(groups.flatMap((group) => (group.max_parallel === null ? [] : [group.id])));
  const wanted = [...new Set(assignments.map(({ jobId }) => jobId))].filter((jobId) => limited.has(jobId));
  if (wanted.length === 0) return assignments;
  const own = new Set(await lockJobsWithMaxParallel(tx, wanted));
  return assignments.filter(({ jobId }) => !limited.has(jobId) || own.has(jobId));
}

function groupOf(group: ClaimableGroup, hints: RuntimeHints): Group {
  return {
    jobId: group.id,
    accountId: group.account_id,
    priority: group.priority,
    createdAt: group.created_at.getTime(),
    requirements: group.requirements,
    queued: group.queued,
    parallelLeft: group.max_parallel === null ? null : Math.max(0, group.max_parallel - group.active),
    meanRuntimeMs: group.mean_runtime_ms ?? hints.guess(group),
  };
}

function viewOf(worker: AvailableWorker, holdings: readonly Holding[]): WorkerView {
  return { workerId: worker.id, offers: worker.offers, held: holdings.filter((held) => held.worker_id === worker.id) };
}

/** Cores' worth of held tasks per account, for fair share. */
function usageOf(holdings: readonly Holding[]): Map<string, number> {
  const usage = new Map<string, number>();
  for (const held of holdings) {
    usage.set(held.account_id, (usage.get(held.account_id) ?? 0) + held.count * (held.requirements.cpu ?? 0));
  }
  return usage;
}

function assignmentOf(
  worker: AvailableWorker,
  claims: readonly Claim[],
  contexts: Round['contexts'],
): BodyOf<typeof workerAssign> {
  const jobs: BodyOf<typeof workerAssign>['jobs'] = [];
  const tasks: BodyOf<typeof workerAssign>['tasks'] = [];
  for (const claim of claims) {
    const context = contexts.get(claim.job_id);
    if (!context) throw new Error(`job ${claim.job_id} has no run context`);
    const position = jobs.push({ job_id: claim.job_id, context }) - 1;
    claim.indices.forEach((index, at) => tasks.push([position, index, claim.attempts[at] as number]));
  }
  tasks.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  return { incarnation: worker.incarnation, jobs, tasks };
}
