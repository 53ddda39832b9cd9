import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { AdministerController } from './administer/administer.controller.js';
import { AuditController } from './administer/audit.controller.js';
import { ForgetAuditLoop } from './administer/forget-audit.loop.js';
import { QueuesController } from './administer/queues.controller.js';
import { QuotasController } from './administer/quotas.controller.js';
import { AnswerOnceHook } from './answer-once/answer-once.hook.js';
import { AnswerOnce } from './answer-once/answer-once.service.js';
import { ForgetKeysLoop } from './answer-once/forget-keys.loop.js';
import { AuthenticateHook } from './authenticate/authenticate.hook.js';
import { DescribeApiController } from './describe-api/describe-api.controller.js';
import { LiveTails } from './follow-tasks/live-tails.service.js';
import { defaultGatewayOptions, GATEWAY_OPTIONS, type GatewayOptions } from './gateway-options.js';
import { CancelJobController } from './cancel-job/cancel-job.controller.js';
import { DeleteArtifactController } from './delete-artifact/delete-artifact.controller.js';
import { DeleteJobController } from './delete-job/delete-job.controller.js';
import { LimitRate } from './limit-rate/limit-rate.service.js';
import { AccountKeysController } from './keep-keys/account-keys.controller.js';
import { AdminKeysController } from './keep-keys/admin-keys.controller.js';
import { KeepKeys } from './keep-keys/keep-keys.service.js';
import { KnownProfiles } from './keep-profiles/known-profiles.service.js';
import { KvController } from './keep-values/kv.controller.js';
import { ProfilesController } from './keep-profiles/profiles.controller.js';
import { InitProjectController } from './keep-projects/init-project.controller.js';
import { ProjectsController } from './keep-projects/projects.controller.js';
import { ProblemFilter } from './problems/problem.filter.js';
import { RecipesController } from './keep-recipes/recipes.controller.js';
import { Recipes } from './keep-recipes/recipes.service.js';
import { PushRevisionController } from './push-revision/push-revision.controller.js';
import { PushRevision } from './push-revision/push-revision.service.js';
import { ReadAccountController } from './read-account/read-account.controller.js';
import { ReadArtifactsController } from './read-artifacts/read-artifacts.controller.js';
import { ReadJobsController } from './read-jobs/read-jobs.controller.js';
import { ReadOutputController } from './read-output/read-output.controller.js';
import { ReadOutput } from './read-output/read-output.service.js';
import { ReadResultsController } from './read-results/read-results.controller.js';
import { ReadResults } from './read-results/read-results.service.js';
import { ReadTasksController } from './read-tasks/read-tasks.controller.js';
import { ReadTasks } from './read-tasks/read-tasks.service.js';
import { TaskPayloads } from './read-tasks/task-payloads.service.js';
import { RetryJobController } from './retry-job/retry-job.controller.js';
import { RetryJob } from './retry-job/retry-job.service.js';
import { ServeExternal } from './serve-external/serve-external.service.js';
import { OpenStreams } from './stream-job/open-streams.service.js';
import { RecheckJobsLoop } from './stream-job/recheck-jobs.loop.js';
import { ResealSecrets } from './keep-secrets/reseal-secrets.service.js';
import { DeliveriesController } from './keep-webhooks/deliveries.controller.js';
import { WebhookSecretController } from './keep-webhooks/webhook-secret.controller.js';
import { SecretsController } from './keep-secrets/secrets.controller.js';
import { DiscoverJobsLoop } from './stream-job/discover-jobs.loop.js';
import { StreamProjectController } from './stream-job/stream-project.controller.js';
import { StreamJobController } from './stream-job/stream-job.controller.js';
import { SubmitBatchController } from './submit-batch/submit-batch.controller.js';
import { SubmitBatch } from './submit-batch/submit-batch.service.js';
import { CountItems } from './submit-job/count-items.service.js';
import { DraftJobs } from './submit-job/draft-jobs.service.js';
import { SubmitJobController } from './submit-job/submit-job.controller.js';
import { SubmitJob } from './submit-job/submit-job.service.js';
import { AnnounceArtifact } from './upload-artifact/announce-artifact.service.js';
import { AskArtifact } from './upload-artifact/ask-artifact.service.js';
import { BeginUpload } from './upload-artifact/begin-upload.service.js';
import { BeginUploadsController } from './upload-artifact/begin-uploads.controller.js';
import { CompleteUpload } from './upload-artifact/complete-upload.service.js';
import { UploadAnsweredConsumer } from './upload-artifact/upload-answered.consumer.js';
import { ExternalArtifactsController } from './upload-artifact/external-artifacts.controller.js';
import { UploadArtifactController } from './upload-artifact/upload-artifact.controller.js';
import { UploadArtifact } from './upload-artifact/upload-artifact.service.js';
import { UploadsController } from './upload-artifact/uploads.controller.js';

/**
 * The public HTTP API. Needs the global adapters (DATABASE, PUBLISHER, OUTBOX_RELAY, LIVE_FEED, OBJECT_STORE) and an application created with
 * `createGatewayAdapter()`.
 */
@Module({
  controllers: [
    SubmitJobController,
    SubmitBatchController,
    ReadJobsController,
    ReadResultsController,
    CancelJobController,
    RetryJobController,
    DeleteJobController,
    InitProjectController,
    ProjectsController,
    KvController,
    RecipesController,
    PushRevisionController,
    ReadTasksController,
    ReadOutputController,
    StreamJobController,
    StreamProjectController,
    UploadArtifactController,
    BeginUploadsController,
    ExternalArtifactsController,
    UploadsController,
    UploadAnsweredConsumer,
    ReadArtifactsController,
    DeleteArtifactController,
    SecretsController,
    WebhookSecretController,
    DeliveriesController,
    ReadAccountController,
    AdministerController,
    QuotasController,
    QueuesController,
    AdminKeysController,
    AccountKeysController,
    AuditController,
    ProfilesController,
    DescribeApiController,
  ],
  providers: [
    AuthenticateHook,
    LimitRate,
    AnswerOnce,
    AnswerOnceHook,
    ForgetKeysLoop,
    ForgetAuditLoop,
    CountItems,
    KnownProfiles,
    KeepKeys,
    ResealSecrets,
    DraftJobs,
    SubmitJob,
    SubmitBatch,
    ReadResults,
    PushRevision,
    AnnounceArtifact,
    AskArtifact,
    BeginUpload,
    CompleteUpload,
    UploadArtifact,
    ServeExternal,
    Recipes,
    LiveTails,
    ReadTasks,
    TaskPayloads,
    ReadOutput,
    RetryJob,
    OpenStreams,
    RecheckJobsLoop,
    DiscoverJobsLoop,
    { provide: APP_FILTER, useClass: ProblemFilter },
    { provide: GATEWAY_OPTIONS, useValue: defaultGatewayOptions },
  ],
})
export class GatewayModule {
  static withOptions(options: Partial<GatewayOptions>): DynamicModule {
    return {
      module: GatewayModule,
      providers: [{ provide: GATEWAY_OPTIONS, useValue: { ...defaultGatewayOptions, ...options } }],
    };
  }
}
