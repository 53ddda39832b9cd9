import {
  findProject,
  listProjectJobs,
  readJobStatuses,
  readWatchedJobs,
  type JobRow,
  type ProjectJobs,
  type ProjectRow,
} from '@computalot/database';
import { projectObject } from '../keep-projects/project-view.js';
import { summaryText } from '../read-jobs/job-view.js';
import { parseEventId } from './event-id.js';
import type { EventSink } from './event-sink.js';
import { JobStream, type StreamSources } from './job-stream.js';
import {
  formatProjectId,
  isBehindEnd,
  MAX_ENDED,
  MAX_FOLLOWED,
  type PlaceInJob,
  type ProjectPlace,
} from './project-place.js';
import type { StreamView } from './recheck-jobs.loop.js';

/** The end of a job may be seen this much later than the time that it carries, by which it is found: more than a look at Postgres every second. */
const SETTLE_MS = 3_000;

/**
 * One reader's view of all that happens in a project: a snapshot, then the streams of its jobs, with ids that say where the reader is in each. Which
 * jobs there are comes from Postgres, by `discover`: every open one is followed, the oldest first, as far as there is room; one that ended before there
 * was is told from its beginning. Only more ends at once than an id can hold are skipped, and a snapshot says so.
 */
export class ProjectStream implements StreamView {
  private readonly followed = new Map<string, JobStream>();
  private isStarted = false;

  constructor(
    private readonly from: StreamSources,
    private readonly accountId: string,
    private readonly project: ProjectRow,
    private readonly client: EventSink,
    private place: ProjectPlace | null,
  ) {}

  get streams(): Iterable<JobStream> {
    return this.followed.values();
  }

  get isClosed(): boolean {
    return this.client.isClosed;
  }

  async start(): Promise<void> {
    await this.orClose(() => (this.place ? this.resume(this.place) : this.snapshot(false)));
    this.isStarted = true;
  }

  /** What Postgres says now: takes up jobs that the reader does not know. Closes the stream when the project is gone. */
  async discover(): Promise<void> {
    const { place } = this;
    if (!this.isStarted || !place || this.client.isFull) return;
    await this.orClose(async () => {
      const found = await this.list(place.since, MAX_ENDED);
      if (!found) return this.client.close();
      if (found.ended.length === MAX_ENDED) return this.snapshot(true);
      await this.takeUp(place, found);
      this.forgetEnds(place, found.now - SETTLE_MS);
    });
  }

  stop(): void {
    for (const stream of this.followed.values()) stream.stop();
    this.followed.clear();
  }

  private async orClose(step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch {
      // Postgres is away: the reader comes back with its last id.
      this.client.close();
    }
  }

  private list(since: number, ended: number): Promise<ProjectJobs | null> {
    // Of twice as many open jobs as are followed, those to follow next are part.
    const most = { open: 2 * MAX_FOLLOWED, ended };
    return listProjectJobs(this.from.database, this.accountId, this.project.id, since, most);
  }

  private async snapshot(gap: boolean): Promise<void> {
    this.stop();
    const { database } = this.from;
    const [found, project] = [await this.list(0, 0), await findProject(database, this.accountId, this.project.name)];
    if (!found || !project) return this.client.close();
    const jobs = await this.read(found.open.slice(0, MAX_FOLLOWED));
    this.place = { since: found.now, jobs: new Map(jobs.map(({ id }) => [id, null])) };
    const summaries = jobs.map((job) => summaryText(job)).join();
    const hasMore = found.open.length > MAX_FOLLOWED;
    const shown = JSON.stringify(projectObject(project));
    this.send(this.place, 'snapshot', `{"project":${shown},"jobs":[${summaries}],"has_more":${hasMore},"gap":${gap}}`);
    for (const job of jobs) this.follow(this.place, job)?.start(null);
  }

  /** The id may be anybody's: what is not a job of this project is left out. */
  private async resume(place: ProjectPlace): Promise<void> {
    const known = [...place.jobs].flatMap(([id, at]) => (isBehindEnd(at) ? [] : [id]));
    const own = await readJobStatuses(this.from.database, this.accountId, known);
    const jobs = (await this.read([...own.keys()])).filter((job) => job.project_name === this.project.name);
    const places = new Map(jobs.map(({ id }) => [id, place.jobs.get(id) ?? null]));
    for (const id of known) if (!places.has(id)) place.jobs.delete(id);
    for (const job of jobs) {
      const at = places.get(job.id) ?? null;
      this.follow(place, job)?.start(isBehindEnd(at) ? null : at);
    }
  }

  private async takeUp(place: ProjectPlace, found: ProjectJobs): Promise<void> {
    const ended = found.ended.filter(({ id, ended_at }) => !this.isTold(place.jobs.get(id), ended_at));
    const open = found.open.filter((id) => !this.followed.has(id));
    const room = Math.max(0, MAX_FOLLOWED - this.followed.size);
    const ids = [...ended.map(({ id }) => id).filter((id) => !this.followed.has(id)), ...open.slice(0, room)];
    for (const job of await this.read(ids)) {
      const before = place.jobs.get(job.id);
      // It ended, and that was told, since it was found open.
      if (this.isTold(before, job.finished_at?.getTime())) continue;
      // Of a job that was retried the feed may hold a run that the reader knows.
      const isRetried = before !== undefined || job.run > 1;
      if (isRetried) place.jobs.set(job.id, null);
      const stream = this.follow(place, job);
      if (isRetried) stream?.start(null);
      else stream?.startAtBeginning();
    }
  }

  private isTold(place: PlaceInJob | undefined, endedAt: number | undefined): boolean {
    return isBehindEnd(place) && place.endedAt === endedAt;
  }

  /** Ends before `since` are not found any more. */
  private forgetEnds(place: ProjectPlace, since: number): void {
    place.since = Math.max(place.since, since);
    for (const [id, at] of place.jobs) if (isBehindEnd(at) && at.endedAt < place.since) place.jobs.delete(id);
  }

  /** By age. */
  private async read(ids: readonly string[]): Promise<JobRow[]> {
    if (ids.length === 0) return [];
    const jobs = await readWatchedJobs(this.from.database, ids);
    return jobs.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  private follow(place: ProjectPlace, job: JobRow): JobStream | null {
    if (this.client.isClosed) return null;
    const stream: JobStream = new JobStream(
      this.from,
      this.accountId,
      job,
      this.sinkOf(place, job.id, () => stream),
    );
    this.followed.set(job.id, stream);
    return stream;
  }

  /** The last word of a job is its `job` event with a status that is terminal: the project's stream has no `end`. */
  private sinkOf(place: ProjectPlace, jobId: string, stream: () => JobStream): EventSink {
    const { client } = this;
    const isOver = () => this.followed.get(jobId) !== stream();
    const isEnded = () => isOver() || isBehindEnd(place.jobs.get(jobId));
    return {
      get isClosed() {
        return client.isClosed || isEnded();
      },
      get isFull() {
        return client.isFull;
      },
      send: (event, id, data) => {
        if (event === 'end' || isOver()) return;
        const { endedAt } = stream();
        place.jobs.set(jobId, event === 'job' && endedAt !== null ? { endedAt } : parseEventId(id));
        this.send(place, event, data);
      },
      drained: () => client.drained(),
      close: () => {
        if (!isEnded()) return client.close();
        if (!isOver()) this.followed.delete(jobId);
      },
    };
  }

  private send(place: ProjectPlace, event: string, data: string): void {
    this.client.send(event, formatProjectId(this.project.id, place), data);
  }
}
