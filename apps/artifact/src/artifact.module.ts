import { Module } from '@nestjs/common';
import { GrantRequestedConsumer } from './grant-transfers/grant-requested.consumer.js';
import { GrantTransfers } from './grant-transfers/grant-transfers.service.js';
import { SignTransfers } from './grant-transfers/sign-transfers.service.js';
import { GrantSecrets } from './grant-secrets/grant-secrets.service.js';
import { PublishArtifacts } from './publish-artifacts/publish-artifacts.service.js';

/** Signs transfers for workers and publishes artifacts. Needs the global adapters: database, messaging, object store. */
@Module({
  controllers: [GrantRequestedConsumer],
  providers: [GrantTransfers, SignTransfers, GrantSecrets, PublishArtifacts],
})
export class ArtifactModule {}
