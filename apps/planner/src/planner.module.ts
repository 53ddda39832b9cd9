import { Module } from '@nestjs/common';
import { AggregateResultsLoop } from './aggregate-results/aggregate-results.loop.js';
import { AggregateResults } from './aggregate-results/aggregate-results.service.js';
import { ReadOutcomes } from './aggregate-results/read-outcomes.service.js';
import { AnnounceEnds } from './announce-ends/announce-ends.service.js';
import { CloseJobsLoop } from './close-jobs/close-jobs.loop.js';
import { CloseJobs } from './close-jobs/close-jobs.service.js';
import { ClosingPlans } from './close-jobs/closing-plans.service.js';
import { TasksEndedConsumer } from './close-jobs/tasks-ended.consumer.js';
import { JobSubmittedConsumer } from './plan-jobs/job-submitted.consumer.js';
import { PlanJobsLoop } from './plan-jobs/plan-jobs.loop.js';
import { PlanJobs } from './plan-jobs/plan-jobs.service.js';
import { StoreSpecParts } from './plan-jobs/store-spec-parts.service.js';
import { ReduceResults } from './reduce-results/reduce-results.service.js';
import { WriteMapResults } from './reduce-results/write-map-results.service.js';
import { FailDependants } from './release-dependants/fail-dependants.service.js';
import { JobFinishedConsumer } from './release-dependants/job-finished.consumer.js';
import { ResolveNames } from './resolve-names/resolve-names.service.js';
import { ReuseResults } from './reuse-results/reuse-results.service.js';
import { ReleaseDependantsLoop } from './release-dependants/release-dependants.loop.js';
import { ReleaseDependants } from './release-dependants/release-dependants.service.js';

/** Turns accepted jobs into tasks, and their results into an aggregate. Needs the global adapters: database, messaging, live feed, object store. */
@Module({
  controllers: [JobFinishedConsumer, JobSubmittedConsumer, TasksEndedConsumer],
  providers: [
    AggregateResults,
    AggregateResultsLoop,
    AnnounceEnds,
    CloseJobs,
    CloseJobsLoop,
    ClosingPlans,
    FailDependants,
    PlanJobs,
    PlanJobsLoop,
    ReadOutcomes,
    ReduceResults,
    ReleaseDependants,
    ReleaseDependantsLoop,
    ResolveNames,
    ReuseResults,
    StoreSpecParts,
    WriteMapResults,
  ],
})
export class PlannerModule {}
