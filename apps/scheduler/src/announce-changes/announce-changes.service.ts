import { closingWanted, type LiveEntry, type LiveTasks } from '@computalot/contracts';
import {
  DATABASE,
  readJobFacts,
  taskStates,
  type AttemptMove,
  type CountedJob,
  type Database,
  type JobFacts,
  type Queryable,
  type Settled,
} from '@computalot/database';
import { LIVE_FEED, type LiveFeed } from '@computalot/live-feed';
import { OUTBOX_RELAY, PUBLISHER, type OutboxRelay, type Publisher } from '@computalot/messaging';
import { Inject, Injectable } from '@nestjs/common';

/** Tasks named in one live entry; readers of larger batches look at the counts. */
const TASKS_PER_ENTRY = 500;
const FACTS_KEPT = 10_000;

/** What follows a commit: the relay is woken, watchers and the planner are told. Nothing here can fail the change itself. */
@Injectable()
export class AnnounceChanges {
  private readonly facts = new Map<string, JobFacts>();

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(LIVE_FEED) private readonly feed: LiveFeed,
    @Inject(OUTBOX_RELAY) private readonly relay: OutboxRelay,
    @Inject(PUBLISHER) private readonly publisher: Pick<Publisher, 'send'>,
  ) {}

  /** Immutable facts of the jobs, read once and kept for a while. Inside a transaction pass it: a second connection may never come. */
  async factsOf(jobIds: Iterable<string>, db: Queryable = this.database): Promise<ReadonlyMap<string, JobFacts>> {
    // The caller's own map: others may empty the cache while it is still at work.
    const own = new Map<string, JobFacts>();
    const missing: string[] = [];
    for (const id of new Set(jobIds)) {
      const known = this.facts.get(id);
      if (known) own.set(id, known);
      else missing.push(id);
    }
    if (missing.length === 0) return own;
    for (const facts of await readJobFacts(db, missing)) own.set(facts.id, facts);
    if (this.facts.size > FACTS_KEPT) this.facts.clear();
    for (const facts of own.values()) this.facts.set(facts.id, facts);
    return own;
  }

  /** The end of a job that never had a task. */
  announceUnplanned(jobId: string, status: 'failed' | 'cancelled'): void {
    this.relay.wake();
    this.feed.append(jobId, [{ kind: 'job', status, task_counts: {}, terminal: true }]);
  }

  announce(settled: Settled, moves: readonly AttemptMove[] = []): void {
    if (settled.jobs.length === 0) return;
    this.relay.wake();
    for (const job_id of settled.toClose) this.publisher.send(closingWanted, { job_id });
    const movesByJob = Map.groupBy(moves, (move) => move.job_id);
    const ended = new Map(settled.finished.map((job) => [job.id, job.status]));
    for (const job of settled.jobs) {
      this.feed.append(job.id, [...taskEntries(movesByJob.get(job.id) ?? []), jobEntry(job, ended.get(job.id))]);
    }
  }
}

function jobEntry(job: CountedJob, endedAs: string | undefined): LiveEntry {
  return {
    kind: 'job',
    status: endedAs ?? job.status,
    task_counts: Object.fromEntries(taskStates.map((state) => [state, job[state]])),
    terminal: endedAs !== undefined,
  };
}

function taskEntries(moves: readonly AttemptMove[]): LiveTasks[] {
  const entries: LiveTasks[] = [];
  for (let at = 0; at < moves.length; at += TASKS_PER_ENTRY) {
    const tasks = moves
      .slice(at, at + TASKS_PER_ENTRY)
      .map((move) => [move.index, move.attempt, move.to, move.exit_code ?? null] as const);
    entries.push({ kind: 'tasks', tasks });
  }
  return entries;
}
