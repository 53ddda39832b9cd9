import { setTimeout as wait } from 'node:timers/promises';
import {
  announceUpload,
  DATABASE,
  isContentPublished,
  publishArtifactIfAnnounced,
  type Database,
  type UploadedArtifact,
} from '@computalot/database';
import { OUTBOX_RELAY, type OutboxRelay } from '@computalot/messaging';
import { OBJECT_STORE, objectKeys, type ObjectStore } from '@computalot/object-store';
import { Inject, Injectable } from '@nestjs/common';
import { Refusal } from '../problems/refusal.js';
import { refusingOverrun } from '../submit-job/refused-admission.js';

/** Bytes of a content that nobody had any more are removed within moments; by then the upload need not be sent again. */
const REMOVAL_TRIES = 20;
const REMOVAL_WAIT_MS = 250;

/** An uploaded file before its bytes are stored: it has its place in the account's storage, and nobody sees it. */
@Injectable()
export class AnnounceArtifact {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OBJECT_STORE) private readonly objects: ObjectStore,
    @Inject(OUTBOX_RELAY) private readonly relay: Pick<OutboxRelay, 'wake'>,
  ) {}

  /** True when it is published: by an earlier run of the same request, or now, because the account has its bytes. From here on they stay. */
  async announce(artifact: UploadedArtifact): Promise<boolean> {
    if (await this.hold(artifact)) return true;
    if (!(await this.isStored(artifact))) return false;
    await this.publish(artifact);
    return true;
  }

  async publish(artifact: UploadedArtifact): Promise<void> {
    if (await publishArtifactIfAnnounced(this.database, { ...artifact, job_id: null })) this.relay.wake();
  }

  private async hold(artifact: UploadedArtifact): Promise<boolean> {
    for (let tries = 1; ; tries++) {
      const announcement = await refusingOverrun(() => announceUpload(this.database, artifact));
      if (announcement.kind === 'announced') return announcement.published;
      if (tries === REMOVAL_TRIES) {
        const detail = 'Earlier bytes of this content are being removed right now. Nothing was changed.';
        throw new Refusal('dependency_unavailable', detail, { headers: { 'retry-after': '2' } });
      }
      await wait(REMOVAL_WAIT_MS);
    }
  }

  private async isStored(artifact: UploadedArtifact): Promise<boolean> {
    if (!(await isContentPublished(this.database, artifact))) return false;
    const stored = await this.objects.head(objectKeys.artifact(artifact.account_id, artifact.sha256));
    return stored?.size_bytes === artifact.size_bytes;
  }
}
