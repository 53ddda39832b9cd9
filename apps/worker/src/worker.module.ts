import { Module, type DynamicModule } from '@nestjs/common';
import { AcceptAssignments } from './accept-assignments/accept-assignments.service.js';
import { WorkerAssignConsumer } from './accept-assignments/worker-assign.consumer.js';
import { AnnounceWorkerLoop } from './announce-worker/announce-worker.loop.js';
import { AnnounceWorker } from './announce-worker/announce-worker.service.js';
import { CacheFolders } from './cache-folders/cache-folders.service.js';
import { CancelAttempts } from './cancel-attempts/cancel-attempts.service.js';
import { WorkerCancelConsumer } from './cancel-attempts/worker-cancel.consumer.js';
import { DrainState } from './drain-worker/drain-state.js';
import { DrainWorker } from './drain-worker/drain-worker.service.js';
import { FetchMapResults } from './fetch-map-results/fetch-map-results.service.js';
import { FillSlots } from './fill-slots/fill-slots.service.js';
import { FinishAttempt } from './finish-attempt/finish-attempt.service.js';
import { StoreFiles } from './finish-attempt/store-files.service.js';
import { LeaveLostBroker } from './leave-lost-broker/leave-lost-broker.service.js';
import { PrepareJobs } from './prepare-jobs/prepare-jobs.service.js';
import { PrepareRuntimes } from './prepare-runtimes/prepare-runtimes.service.js';
import { ReportAttempts } from './report-attempts/report-attempts.service.js';
import { GrantAnsweredConsumer } from './request-grants/grant-answered.consumer.js';
import { RequestGrants } from './request-grants/request-grants.service.js';
import { createExecutor } from './run-attempts/create-executor.js';
import { EXECUTOR } from './run-attempts/executor.js';
import { HeldAttempts } from './run-attempts/held-attempts.js';
import { RestoreCheckpoints } from './restore-checkpoints/restore-checkpoints.service.js';
import { RunServices } from './run-services/run-services.service.js';
import { RunAttempts } from './run-attempts/run-attempts.service.js';
import { SaveCheckpointsLoop } from './save-checkpoints/save-checkpoints.loop.js';
import { SaveCheckpoints } from './save-checkpoints/save-checkpoints.service.js';
import { LiveOutput } from './stream-output/live-output.service.js';
import { resolveSettings } from './resolve-settings.js';
import { WorkerLifecycle } from './worker.lifecycle.js';
import { WORKER_SETTINGS, type WorkerOptions } from './worker-options.js';

/** One worker. Needs the global adapters: messaging (its transport's `receiverId` is the worker's id) and live feed. */
@Module({})
export class WorkerModule {
  static forRoot(options: WorkerOptions): DynamicModule {
    return {
      module: WorkerModule,
      controllers: [WorkerAssignConsumer, WorkerCancelConsumer, GrantAnsweredConsumer],
      providers: [
        { provide: WORKER_SETTINGS, useFactory: () => resolveSettings(options) },
        { provide: EXECUTOR, inject: [WORKER_SETTINGS], useFactory: createExecutor },
        AcceptAssignments,
        AnnounceWorker,
        AnnounceWorkerLoop,
        CacheFolders,
        CancelAttempts,
        DrainState,
        DrainWorker,
        FetchMapResults,
        FillSlots,
        FinishAttempt,
        HeldAttempts,
        LeaveLostBroker,
        LiveOutput,
        PrepareJobs,
        PrepareRuntimes,
        ReportAttempts,
        RequestGrants,
        RestoreCheckpoints,
        RunAttempts,
        RunServices,
        SaveCheckpoints,
        SaveCheckpointsLoop,
        StoreFiles,
        WorkerLifecycle,
      ],
    };
  }
}
