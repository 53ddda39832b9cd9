import type { LiveEntry, LiveTask } from '@computalot/contracts';
import { isTerminal, listRunningTasks, readJob, type Database, type JobRow } from '@computalot/database';
import { encodeId } from '@computalot/kernel';
import type { FeedSubscription, LiveFeed, PositionedEntry } from '@computalot/live-feed';
import type { LiveTails } from '../follow-tasks/live-tails.service.js';
import { TaskTails } from '../follow-tasks/task-tails.js';
import { summaryText } from '../read-jobs/job-view.js';
import { hasGrown, withCounts } from './counted-job.js';
import { formatEventId, type StreamPlace } from './event-id.js';
import type { EventSink } from './event-sink.js';
import { eventsOf, liveTask } from './live-events.js';

/** Running tasks that a snapshot shows; all of them are in GET …/tasks. */
const SNAPSHOT_TASKS = 100;
/** Entries that may wait while Postgres is asked; more are skipped, and a snapshot says so. */
const MAX_PENDING = 5_000;
const CATCH_UP = 500;

export interface StreamSources {
  readonly database: Database;
  readonly feed: LiveFeed;
  readonly live: LiveTails;
}

/**
 * One reader's view of one job: a snapshot from Postgres, then what the feed says, until the job has ended. The feed may lose anything; the end
 * comes from Postgres, by `recheck`. Everything happens in one queue, in order.
 */
export class JobStream {
  /** Milliseconds since the epoch of the last sign of life; the recheck asks for jobs that have been silent. */
  lastHeard = Date.now();
  private readonly publicId: string;
  private place: StreamPlace = { after: null, skip: 0 };
  private tails = new TaskTails();
  private subscription: FeedSubscription | undefined;
  private queue: Promise<void> = Promise.resolve();
  private pending = 0;
  private lagging = false;

  constructor(
    private readonly from: StreamSources,
    private readonly accountId: string,
    private job: JobRow,
    private readonly client: EventSink,
  ) {
    this.publicId = encodeId('job', job.id);
  }

  get jobId(): string {
    return this.job.id;
  }

  /** Of one that has ended: when, in milliseconds since the epoch. */
  get endedAt(): number | null {
    return isTerminal(this.job.status) ? (this.job.finished_at?.getTime() ?? null) : null;
  }

  /** What its reader has open: itself. */
  get streams(): readonly JobStream[] {
    return [this];
  }

  /** Goes on after `place`, or begins with a snapshot. */
  start(place: StreamPlace | null): void {
    this.enqueue(() => (place ? this.resume(place) : this.snapshot(false)));
  }

  /** All of a job that came after its reader did, as far back as the feed reaches. */
  startAtBeginning(): void {
    this.enqueue(async () => {
      this.sendSnapshot([], false);
      if (!this.lagging) await this.resume(this.place);
    });
  }

  /** What Postgres says now. Tells the reader what changed, and ends the stream when the job has ended. */
  recheck(job: JobRow | null): void {
    this.enqueue(async () => {
      if (this.lagging) return;
      if (!job) return this.client.close();
      const before = summaryText(this.job, 0);
      this.job = job;
      if (isTerminal(job.status)) return this.end();
      if (summaryText(job, 0) !== before) this.send('job', `{"job":${summaryText(job)}}`);
    });
  }

  stop(): void {
    this.subscription?.close();
    this.subscription = undefined;
  }

  private enqueue(step: () => Promise<void>): void {
    this.queue = this.queue.then(async () => {
      if (this.client.isClosed) return;
      try {
        await step();
      } catch {
        // Postgres is away: the reader comes back with its last id and finds another gateway, or this one healed.
        this.client.close();
      }
    });
  }

  private async resume(place: StreamPlace): Promise<void> {
    this.place = place;
    this.tails = (await this.from.live.of(this.job.id)).tails.clone();
    if (isTerminal(this.job.status)) return this.end();
    this.follow();
  }

  private async snapshot(gap: boolean): Promise<void> {
    this.stop();
    this.lagging = false;
    // The feed's place first: what happens after it comes as an event, at worst once more.
    const { tails, position } = await this.from.live.of(this.job.id);
    this.tails = tails.clone();
    this.place = { after: position, skip: 0 };
    const job = await readJob(this.from.database, this.accountId, this.job.id);
    if (!job) return this.client.close();
    this.job = job;
    const running = await listRunningTasks(this.from.database, this.accountId, job.id, SNAPSHOT_TASKS);
    const tasks = running.map(({ index, attempt, state, exit_code }) =>
      liveTask(this.publicId, index, attempt, state, exit_code, this.tails),
    );
    // The streams of all jobs wait for one reader; each looks just before it writes whether there is still room.
    while (this.client.isFull && !this.client.isClosed) await this.client.drained();
    this.sendSnapshot(tasks, gap);
    if (isTerminal(job.status)) return this.end();
    this.follow();
  }

  private sendSnapshot(tasks: readonly LiveTask[], gap: boolean): void {
    this.send('snapshot', `{"job":${summaryText(this.job)},"tasks":${JSON.stringify(tasks)},"gap":${gap}}`);
  }

  private follow(): void {
    if (this.client.isClosed) return;
    this.subscription = this.from.feed.subscribe(this.job.id, this.place.after, (entries, gap) =>
      this.receive(entries, gap),
    );
  }

  private receive(entries: readonly PositionedEntry[], gap: boolean): void {
    this.lastHeard = Date.now();
    if (this.lagging) return;
    if (gap || this.pending + entries.length > MAX_PENDING) return this.startAgain();
    this.pending += entries.length;
    this.enqueue(async () => {
      this.pending -= entries.length;
      if (!this.lagging) await this.deliver(entries);
    });
  }

  /** Stops listening until the reader has taken what waits for it, then takes a fresh snapshot: a slow reader costs nobody anything. */
  private startAgain(): void {
    this.lagging = true;
    this.stop();
    this.enqueue(async () => {
      await this.client.drained();
      await this.snapshot(true);
    });
  }

  private async deliver(entries: readonly PositionedEntry[]): Promise<void> {
    const touched = new Map<number, number>();
    for (const { position, entry } of entries) {
      if (this.lagging || this.client.isClosed) return;
      if (entry.kind === 'job') await this.deliverJob(position, entry);
      else this.deliverTasks(position, entry, touched);
    }
    // What was written since: one tail per task and batch, however many pieces it came in.
    for (const [index, attempt] of touched) {
      if (this.lagging || this.client.isClosed) return;
      const task = liveTask(this.publicId, index, attempt, 'running', null, this.tails);
      if (task.live_feedback) this.send('task', JSON.stringify({ task }));
    }
  }

  private deliverTasks(
    position: string,
    entry: Exclude<LiveEntry, { kind: 'job' }>,
    touched: Map<number, number>,
  ): void {
    // An ended task's tail is in its last event, so the fold sees the end only after it.
    if (entry.kind !== 'tasks') this.tails.apply(entry, Date.now());
    const events = eventsOf(entry, this.publicId, this.tails);
    if (entry.kind === 'tasks') {
      this.tails.apply(entry, Date.now());
      for (const [index] of entry.tasks) touched.delete(index);
    }
    if (entry.kind === 'output') touched.set(entry.index, entry.attempt);
    const { after, skip } = this.place;
    events.forEach(({ event, data }, n) => {
      if (n < skip || this.lagging) return;
      this.place = n === events.length - 1 ? { after: position, skip: 0 } : { after, skip: n + 1 };
      this.send(event, JSON.stringify(data));
    });
    if (!this.lagging) this.place = { after: position, skip: 0 };
  }

  private async deliverJob(position: string, entry: Extract<LiveEntry, { kind: 'job' }>): Promise<void> {
    this.place = { after: position, skip: 0 };
    // The feed says that something changed; a job whose size is not known (any more), or that has ended, is read from Postgres.
    if (entry.terminal || this.job.task_total === 0 || hasGrown(this.job, entry)) {
      const job = await readJob(this.from.database, this.accountId, this.job.id);
      if (!job) return this.client.close();
      this.job = job;
      if (isTerminal(job.status)) return this.end();
    } else {
      this.job = withCounts(this.job, entry);
    }
    this.send('job', `{"job":${summaryText(this.job)}}`);
  }

  /** The rest of what was said while it ran, the job as it ended, and the close. */
  private async end(): Promise<void> {
    this.stop();
    await this.deliverRest();
    if (this.lagging) return;
    const data = `{"job":${summaryText(this.job)}}`;
    this.send('job', data);
    this.send('end', data);
    if (!this.lagging) this.client.close();
  }

  private async deliverRest(): Promise<void> {
    for (;;) {
      const { entries, gap } = await this.from.feed
        .read(this.job.id, this.place.after, CATCH_UP)
        .catch(() => ({ entries: [], gap: false }));
      if (gap && this.place.after !== null) return;
      const rest = entries.filter(({ entry }) => entry.kind !== 'job');
      await this.deliver(rest);
      const last = entries.at(-1);
      if (!last || entries.length < CATCH_UP || this.lagging || this.client.isClosed) return;
      this.place = { after: last.position, skip: 0 };
    }
  }

  private send(event: string, data: string): void {
    if (this.lagging || this.client.isClosed) return;
    if (this.client.isFull) this.startAgain();
    else this.client.send(event, formatEventId(this.place), data);
  }
}
