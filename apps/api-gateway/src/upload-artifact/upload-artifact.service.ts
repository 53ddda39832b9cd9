import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import {
  announceUpload,
  DATABASE,
  isContentPublished,
  publishArtifactIfAnnounced,
  readArtifact,
  type ArtifactRow,
  type Database,
  type UploadedArtifact,
} from '@computalot/database';
import { OUTBOX_RELAY, type OutboxRelay } from '@computalot/messaging';
import { OBJECT_STORE, objectKeys, type ObjectStore } from '@computalot/object-store';
import { Inject, Injectable } from '@nestjs/common';
import { Refusal } from '../problems/refusal.js';
import { refusingOverrun } from '../submit-job/refused-admission.js';
import { spooled, type Spooled } from '../take-file/spool.js';
import { UPLOAD } from './upload.js';

/** Bytes of a content that nobody had any more are removed within moments; by then the upload need not be sent again. */
const REMOVAL_TRIES = 20;
const REMOVAL_WAIT_MS = 250;

/** Takes a file: nothing of it is written before it is here whole, and nobody sees it before its bytes are stored. */
@Injectable()
export class UploadArtifact {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OBJECT_STORE) private readonly objects: ObjectStore,
    @Inject(OUTBOX_RELAY) private readonly relay: Pick<OutboxRelay, 'wake'>,
  ) {}

  /** @param idOf is told the sha256 of the body once it has been read, names the artifact, and may throw */
  async upload(
    accountId: string,
    filename: string,
    body: Readable,
    idOf: (hash: string) => Promise<string>,
  ): Promise<ArtifactRow> {
    return spooled(body, UPLOAD, async (file) => {
      const id = await idOf(file.hash);
      const { hash: sha256, size_bytes } = file;
      await this.keep({ id, account_id: accountId, filename, size_bytes, sha256 }, file);
      const row = await readArtifact(this.database, accountId, id);
      if (!row) throw new Error(`artifact ${id} was deleted while it was uploaded`);
      return row;
    });
  }

  private async keep(artifact: UploadedArtifact, { file, size_bytes }: Spooled): Promise<void> {
    if (await this.announce(artifact)) return;
    // Announced: bytes that are there stay, and what this process leaves behind when it dies is swept.
    if (!(await this.isStored(artifact))) {
      const key = objectKeys.artifact(artifact.account_id, artifact.sha256);
      await this.objects.put(key, createReadStream(file), size_bytes);
    }
    if (await publishArtifactIfAnnounced(this.database, { ...artifact, job_id: null })) this.relay.wake();
  }

  /** True when an earlier run of the same request published it. */
  private async announce(artifact: UploadedArtifact): Promise<boolean> {
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
