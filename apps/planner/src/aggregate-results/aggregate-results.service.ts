import {
  DATABASE,
  foldIfCurrent,
  listJobsToAggregate,
  readAggregateProgress,
  readEndedTasks,
  type Database,
  type EndedTasksRow,
} from '@computalot/database';
import { aggregatorOf, type Aggregator } from '@computalot/jobs';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { ClosingPlans } from '../close-jobs/closing-plans.service.js';
import { OneAtATime } from './one-at-a-time.js';
import { ReadOutcomes } from './read-outcomes.service.js';

/** Rows of ended tasks that one fold looks at, and the tasks whose results it holds at once. */
const ROWS_PER_FOLD = 500;
const TASKS_AT_ONCE = 1_000;
/** A fold is committed after so long, whatever is left. */
const FOLD_MS = 2_000;
/** Seconds between two folds of a running job: at least so many, and so many times what the last one took. */
const MIN_SPACING_S = 1;
const SPACING_FACTOR = 5;

type Folded = { readonly tasks: number; readonly isAgain: boolean };
const nothing: Folded = { tasks: 0, isAgain: false };

/**
 * Folds the results of ended tasks into their job's aggregate, each exactly once: a fold removes the rows that name the tasks in the statement
 * that writes the aggregate, guarded by its version. Two planners, or a crash at any point, cost a fold and change nothing.
 */
@Injectable()
export class AggregateResults {
  private readonly logger = new Logger(AggregateResults.name);
  private readonly jobs = new OneAtATime();

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly plans: ClosingPlans,
    private readonly outcomes: ReadOutcomes,
  ) {}

  /** One fold of every job whose turn it is. Returns how many tasks were folded. */
  async runOnce(): Promise<number> {
    let folded = 0;
    for (const jobId of await listJobsToAggregate(this.database)) {
      try {
        folded += (await this.fold(jobId)).tasks;
      } catch (error) {
        this.logger.warn(`results of job ${jobId} cannot be aggregated now: ${(error as Error).message}`);
      }
    }
    return folded;
  }

  /** Until nothing that ended before is left to fold. */
  async foldAll(jobId: string): Promise<void> {
    while ((await this.fold(jobId)).isAgain) continue;
  }

  private fold(jobId: string): Promise<Folded> {
    return this.jobs.run(jobId, () => this.foldOnce(jobId));
  }

  private async foldOnce(jobId: string): Promise<Folded> {
    const startedAt = performance.now();
    // The version first: rows that are read after it are not in its progress, or it is no longer current.
    const before = await readAggregateProgress(this.database, jobId);
    const aggregation = before && (await this.plans.of(jobId))?.aggregation;
    if (!before || !aggregation) return nothing;
    const rows = await readEndedTasks(this.database, jobId, ROWS_PER_FOLD);
    const aggregator = aggregatorOf(aggregation, JSON.parse(before.progress));
    const folded = await this.take(jobId, rows, aggregator, startedAt + FOLD_MS);
    const tasks = folded.reduce((sum, row) => sum + row.indices.length, 0);
    const { result, aliases } = aggregator.aggregate();
    const isCurrent = await foldIfCurrent(this.database, jobId, {
      version: before.version,
      progress: JSON.stringify(aggregator.progress()),
      result: JSON.stringify(result),
      aliases: JSON.stringify(aliases),
      rows: folded.map((row) => row.id),
      tasks,
      spacing_s: Math.max(MIN_SPACING_S, (SPACING_FACTOR * (performance.now() - startedAt)) / 1_000),
    });
    return { tasks: isCurrent ? tasks : 0, isAgain: true };
  }

  /** Adds the rows' tasks, the oldest rows first, until the time is over. Returns the rows that were added. */
  private async take(
    jobId: string,
    rows: readonly EndedTasksRow[],
    aggregator: Aggregator,
    until: number,
  ): Promise<EndedTasksRow[]> {
    const taken: EndedTasksRow[] = [];
    for (const slice of slicesOf(rows)) {
      const indices = slice.flatMap((row) => row.indices);
      for await (const portion of this.outcomes.of(jobId, indices)) {
        for (const outcome of portion) aggregator.add(outcome);
      }
      taken.push(...slice);
      if (performance.now() > until) break;
    }
    return taken;
  }
}

/** Rows together as long as they name no more than TASKS_AT_ONCE tasks. */
function slicesOf(rows: readonly EndedTasksRow[]): EndedTasksRow[][] {
  const slices: EndedTasksRow[][] = [];
  let room = 0;
  for (const row of rows) {
    const fits = row.indices.length <= room;
    if (fits) slices.at(-1)?.push(row);
    else slices.push([row]);
    room = (fits ? room : TASKS_AT_ONCE) - row.indices.length;
  }
  return slices;
}
