import type { BestEffortMessage, LiveEntry } from '@computalot/contracts';
import type { Database } from '@computalot/database';
import type { LiveFeed } from '@computalot/live-feed';
import type { OutboxRelay, Publisher } from '@computalot/messaging';
import type { ObjectStore } from '@computalot/object-store';
import { AggregateResults } from '../aggregate-results/aggregate-results.service.js';
import { ReadOutcomes } from '../aggregate-results/read-outcomes.service.js';
import { AnnounceEnds } from '../announce-ends/announce-ends.service.js';
import { CloseJobs } from '../close-jobs/close-jobs.service.js';
import { ClosingPlans } from '../close-jobs/closing-plans.service.js';
import { PlanJobs } from '../plan-jobs/plan-jobs.service.js';
import { StoreSpecParts } from '../plan-jobs/store-spec-parts.service.js';
import { ReduceResults } from '../reduce-results/reduce-results.service.js';
import { WriteMapResults } from '../reduce-results/write-map-results.service.js';
import { ResolveNames } from '../resolve-names/resolve-names.service.js';
import { ReuseResults } from '../reuse-results/reuse-results.service.js';

/** One planner's duties, without its loops and consumers, and what it told others. */
export interface PlannerParts {
  readonly aggregates: AggregateResults;
  readonly closer: CloseJobs;
  readonly planner: PlanJobs;
  readonly reuse: ReuseResults;
  readonly reductions: ReduceResults;
  readonly live: { readonly jobId: string; readonly entry: LiveEntry }[];
  readonly sent: string[];
}

export function plannerParts(db: Database, objects: ObjectStore): PlannerParts {
  const live: PlannerParts['live'] = [];
  const sent: string[] = [];
  const feed = {
    append: (jobId: string, entries: readonly LiveEntry[]) =>
      void live.push(...entries.map((entry) => ({ jobId, entry }))),
  } as unknown as LiveFeed;
  const publisher = { send: ({ type }: BestEffortMessage) => void sent.push(type) };
  const plans = new ClosingPlans(db);
  const aggregates = new AggregateResults(db, plans, new ReadOutcomes(db, objects));
  const relay = { wake: () => undefined } as unknown as OutboxRelay;
  const ends = new AnnounceEnds(feed, relay, publisher);
  const reuse = new ReuseResults(db, objects);
  const planner = new PlanJobs(
    db,
    publisher as unknown as Publisher,
    relay,
    feed,
    objects,
    ends,
    reuse,
    new StoreSpecParts(db, objects),
    new ResolveNames(db, objects),
  );
  const reductions = new ReduceResults(db, objects, new WriteMapResults(db, objects), planner, ends);
  const closer = new CloseJobs(db, plans, aggregates, reductions, ends);
  return { aggregates, reductions, closer, planner, reuse, live, sent };
}
