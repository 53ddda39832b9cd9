import { Module } from '@nestjs/common';
import { GrantRequestedConsumer } from './grant-transfers/grant-requested.consumer.js';
import { GrantTransfers } from './grant-transfers/grant-transfers.service.js';
import { SignTransfers } from './grant-transfers/sign-transfers.service.js';
import { PublishArtifacts } from './publish-artifacts/publish-artifacts.service.js';

/** Signs transfers for workers and publishes artifacts. Needs the global adapters: database, messaging, object store. */
@Module({ controllers: [GrantRequestedConsumer], providers: [GrantTransfers, SignTransfers, PublishArtifacts] })
export class ArtifactModule {}
