import { Module } from '@nestjs/common';
import { JobSubmittedConsumer } from './plan-jobs/job-submitted.consumer.js';
import { PlanJobsLoop } from './plan-jobs/plan-jobs.loop.js';
import { PlanJobs } from './plan-jobs/plan-jobs.service.js';

/** Turns accepted jobs into tasks. Needs the global adapters: database, messaging, live feed, object store. */
@Module({ controllers: [JobSubmittedConsumer], providers: [PlanJobs, PlanJobsLoop] })
export class PlannerModule {}
