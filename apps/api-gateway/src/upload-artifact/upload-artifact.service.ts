import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { DATABASE, readArtifact, type ArtifactRow, type Database, type UploadedArtifact } from '@computalot/database';
import { OBJECT_STORE, objectKeys, type ObjectStore } from '@computalot/object-store';
import { Inject, Injectable } from '@nestjs/common';
import { spooled, type Spooled } from '../take-file/spool.js';
import { AnnounceArtifact } from './announce-artifact.service.js';
import { UPLOAD } from './upload.js';

/** Takes a file: nothing of it is written before it is here whole, and nobody sees it before its bytes are stored. */
@Injectable()
export class UploadArtifact {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OBJECT_STORE) private readonly objects: ObjectStore,
    private readonly announcer: AnnounceArtifact,
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
    if (await this.announcer.announce(artifact)) return;
    // Announced: bytes that are there stay, and what this process leaves behind when it dies is swept.
    const key = objectKeys.artifact(artifact.account_id, artifact.sha256);
    await this.objects.put(key, createReadStream(file), size_bytes);
    await this.announcer.publish(artifact);
  }
}
