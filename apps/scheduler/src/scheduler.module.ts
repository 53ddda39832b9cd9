import { Module } from '@nestjs/common';
import { AnnounceChanges } from './announce-changes/announce-changes.service.js';
import { AssignTasksLoop } from './assign-tasks/assign-tasks.loop.js';
import { AssignTasks } from './assign-tasks/assign-tasks.service.js';
import { WorkAvailableConsumer } from './assign-tasks/work-available.consumer.js';
import { RuntimeHints } from './estimate-runtimes/runtime-hints.js';
import { QueueRetriesLoop } from './queue-retries/queue-retries.loop.js';
import { QueueRetries } from './queue-retries/queue-retries.service.js';
import { ReconcileLeases } from './reconcile-leases/reconcile-leases.service.js';
import { WorkerSnapshotConsumer } from './reconcile-leases/worker-snapshot.consumer.js';
import { RecordReportsConsumer } from './record-reports/record-reports.consumer.js';
import { RecordReports } from './record-reports/record-reports.service.js';
import { JobReopenedConsumer } from './reopen-tasks/job-reopened.consumer.js';
import { ReopenTasksLoop } from './reopen-tasks/reopen-tasks.loop.js';
import { ReopenTasks } from './reopen-tasks/reopen-tasks.service.js';
import { RescueLostWorkersLoop } from './rescue-lost-workers/rescue-lost-workers.loop.js';
import { RescueLostWorkers } from './rescue-lost-workers/rescue-lost-workers.service.js';
import { CancelRequestedConsumer } from './stop-jobs/cancel-requested.consumer.js';
import { EndWaitingTasksLoop } from './stop-jobs/end-waiting-tasks.loop.js';
import { EndWaitingTasks } from './stop-jobs/end-waiting-tasks.service.js';
import { StopJobsLoop } from './stop-jobs/stop-jobs.loop.js';
import { StopJobs } from './stop-jobs/stop-jobs.service.js';
import { TrackWorkers } from './track-workers/track-workers.service.js';
import { WorkerClocks } from './track-workers/worker-clocks.js';
import { WorkerHeartbeatConsumer } from './track-workers/worker-heartbeat.consumer.js';

/** Places tasks on workers and decides what becomes of them. Needs the global adapters: database, messaging, live feed. */
@Module({
  controllers: [
    CancelRequestedConsumer,
    JobReopenedConsumer,
    RecordReportsConsumer,
    WorkAvailableConsumer,
    WorkerHeartbeatConsumer,
    WorkerSnapshotConsumer,
  ],
  providers: [
    AnnounceChanges,
    AssignTasks,
    AssignTasksLoop,
    EndWaitingTasks,
    EndWaitingTasksLoop,
    QueueRetries,
    QueueRetriesLoop,
    ReconcileLeases,
    RecordReports,
    ReopenTasks,
    ReopenTasksLoop,
    RescueLostWorkers,
    RescueLostWorkersLoop,
    RuntimeHints,
    StopJobs,
    StopJobsLoop,
    TrackWorkers,
    WorkerClocks,
  ],
})
export class SchedulerModule {}
