import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { revisionPublishedEvent, type RevisionObject } from '@computalot/contracts';
import {
  DATABASE,
  findProject,
  publishRevision,
  storageOverrun,
  underQuotas,
  type Database,
  type ProjectRow,
} from '@computalot/database';
import { encodeId, newUuid } from '@computalot/kernel';
import { OUTBOX_RELAY, type OutboxRelay } from '@computalot/messaging';
import { OBJECT_STORE, objectKeys, type ObjectStore } from '@computalot/object-store';
import { Inject, Injectable } from '@nestjs/common';
import { Refusal } from '../problems/refusal.js';
import { overrunRefusal, refusingOverrun } from '../submit-job/refused-admission.js';
import { revisionObject } from '../keep-projects/project-view.js';
import { inspectArchive } from './inspect-archive.js';
import { spooled, type Spooled } from '../take-file/spool.js';
import { ARCHIVE } from './archive.js';
import { readManifest } from './read-manifest.js';

/** Takes a pushed archive: stored by its content, checked before anybody can run it, then active. */
@Injectable()
export class PushRevision {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OBJECT_STORE) private readonly objects: ObjectStore,
    @Inject(OUTBOX_RELAY) private readonly relay: Pick<OutboxRelay, 'wake'>,
  ) {}

  /** @param onRead is told the sha256 of the body once it has been read, and may throw */
  async push(
    accountId: string,
    name: string,
    body: Readable,
    onRead: (hash: string) => Promise<void>,
  ): Promise<RevisionObject> {
    const project = await findProject(this.database, accountId, name);
    if (!project) throw Refusal.notFound(`Project ${name}`);
    return spooled(body, ARCHIVE, async (archive) => {
      await onRead(archive.hash);
      return this.publish(accountId, project, archive);
    });
  }

  private async publish(accountId: string, project: ProjectRow, archive: Spooled): Promise<RevisionObject> {
    const { entry_count, manifest } = await inspectArchive(archive.file);
    const pushed = {
      ...archive,
      entry_count,
      manifest: manifest && readManifest(manifest),
      event: eventOf(accountId, project, archive),
    };
    const key = objectKeys.revision(accountId, archive.hash);
    // The bytes first: a revision in Postgres can be run.
    const stored = await this.objects.head(key);
    if (stored?.size_bytes !== archive.size_bytes) {
      const overrun = await storageOverrun(this.database, accountId, archive.size_bytes);
      if (overrun) throw overrunRefusal(overrun);
      await this.objects.put(key, createReadStream(archive.file), archive.size_bytes);
    }
    const row = await refusingOverrun(() =>
      underQuotas(this.database, accountId, (tx) => publishRevision(tx, accountId, project.id, pushed)),
    );
    if (!row) throw Refusal.notFound(`Project ${project.name}`);
    this.relay.wake();
    return revisionObject(project.name, row, archive.hash);
  }
}

function eventOf(accountId: string, project: ProjectRow, { hash, size_bytes }: Spooled) {
  return {
    type: revisionPublishedEvent.type,
    id: newUuid(),
    subject: encodeId('prj', project.id),
    time: new Date().toISOString(),
    data: { project: project.name, account_id: encodeId('acc', accountId), revision: hash, size_bytes },
  };
}
