import { Module, type DynamicModule } from '@nestjs/common';
import { DeleteJobsLoop } from './delete-jobs/delete-jobs.loop.js';
import { DeleteJobs } from './delete-jobs/delete-jobs.service.js';
import { JobDeletedConsumer } from './delete-jobs/job-deleted.consumer.js';
import { ExpireJobsLoop } from './expire-jobs/expire-jobs.loop.js';
import { ExpireJobs } from './expire-jobs/expire-jobs.service.js';
import { RETENTION, type Retention } from './expire-jobs/retention.js';
import { GrantRequestedConsumer } from './grant-transfers/grant-requested.consumer.js';
import { GrantTransfers } from './grant-transfers/grant-transfers.service.js';
import { SignTransfers } from './grant-transfers/sign-transfers.service.js';
import { GrantSecrets } from './grant-secrets/grant-secrets.service.js';
import { PublishArtifacts } from './publish-artifacts/publish-artifacts.service.js';
import { RemoveContentsLoop } from './remove-contents/remove-contents.loop.js';
import { RemoveContents } from './remove-contents/remove-contents.service.js';
import { ServeUploads } from './serve-uploads/serve-uploads.service.js';
import { UploadRequestedConsumer } from './serve-uploads/upload-requested.consumer.js';
import { VerifyUploadsLoop } from './serve-uploads/verify-uploads.loop.js';
import { VerifyUploads } from './serve-uploads/verify-uploads.service.js';
import { SweepLeftoversLoop } from './sweep-leftovers/sweep-leftovers.loop.js';
import { SweepLeftovers } from './sweep-leftovers/sweep-leftovers.service.js';
import { TakeArrivals } from './take-arrivals/take-arrivals.service.js';

/**
 * Signs transfers for workers, publishes artifacts, and removes what is deleted or out of date: the only service with that duty. Needs the global
 * adapters: database, messaging, object store.
 */
@Module({})
export class ArtifactModule {
  static forRoot(retention: Retention): DynamicModule {
    return {
      module: ArtifactModule,
      controllers: [GrantRequestedConsumer, JobDeletedConsumer, UploadRequestedConsumer],
      providers: [
        { provide: RETENTION, useValue: retention },
        DeleteJobs,
        DeleteJobsLoop,
        ExpireJobs,
        ExpireJobsLoop,
        GrantTransfers,
        SignTransfers,
        GrantSecrets,
        PublishArtifacts,
        ServeUploads,
        TakeArrivals,
        VerifyUploads,
        VerifyUploadsLoop,
        RemoveContents,
        RemoveContentsLoop,
        SweepLeftovers,
        SweepLeftoversLoop,
      ],
    };
  }
}
