import {
  abandonUpload,
  completeUploadIfOpen,
  DATABASE,
  readArtifact,
  readUpload,
  type ArtifactRow,
  type Database,
  type UploadRow,
} from '@computalot/database';
import { encodeId } from '@computalot/kernel';
import { OBJECT_STORE, objectKeys, type ObjectStore, type StoredPart } from '@computalot/object-store';
import { Inject, Injectable } from '@nestjs/common';
import { Refusal } from '../problems/refusal.js';
import { AskArtifact } from './ask-artifact.service.js';
import { partCount } from './upload-view.js';

/** Missing parts that a refusal names. */
const NAMED_PARTS = 20;

/** The end of uploads that go past the gateway. */
@Injectable()
export class CompleteUpload {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OBJECT_STORE) private readonly objects: ObjectStore,
    private readonly artifacts: AskArtifact,
  ) {}

  /** @throws Refusal when there is none */
  async find(accountId: string, artifactId: string): Promise<UploadRow> {
    const upload = await readUpload(this.database, accountId, artifactId);
    if (!upload) throw Refusal.notFound(`The upload of artifact ${encodeId('art', artifactId)}`);
    return upload;
  }

  /** What arrived, while it is open. */
  async partsOf({ status, multipart_id, ...upload }: UploadRow): Promise<readonly StoredPart[]> {
    if (status !== 'open' || multipart_id === null) return [];
    return (await this.objects.listParts(arrivalOf(upload), multipart_id)) ?? [];
  }

  /** The artifact, or the upload when it takes long to verify. May be asked again at any time. @throws Refusal for what is not as announced */
  async complete(accountId: string, artifactId: string): Promise<ArtifactRow | UploadRow> {
    const published = await readArtifact(this.database, accountId, artifactId);
    if (published) return published;
    const upload = await this.find(accountId, artifactId);
    if (upload.status === 'open') {
      await this.refuseUnlessArrived(upload);
      await completeUploadIfOpen(this.database, accountId, artifactId);
    }
    if (upload.status !== 'refused') await this.artifacts.verify(artifactId);
    return (await readArtifact(this.database, accountId, artifactId)) ?? this.unlessRefused(accountId, artifactId);
  }

  /** What arrived is removed; what arrives after this is swept. @throws Refusal when there is no such upload */
  async abandon(accountId: string, artifactId: string): Promise<void> {
    const upload = await abandonUpload(this.database, accountId, artifactId);
    if (!upload) throw Refusal.notFound(`The upload of artifact ${encodeId('art', artifactId)}`);
    const key = objectKeys.arrival(accountId, artifactId);
    if (upload.multipart_id !== null) await this.objects.abortParts(key, upload.multipart_id);
    await this.objects.delete(key);
  }

  private async unlessRefused(accountId: string, artifactId: string): Promise<UploadRow> {
    const upload = await this.find(accountId, artifactId);
    if (upload.status === 'refused') throw new Refusal('upload_mismatch', `${upload.fault ?? ''}.`);
    return upload;
  }

  private async refuseUnlessArrived(upload: UploadRow): Promise<void> {
    const count = partCount(upload);
    if (count === null) {
      if (!(await this.objects.head(arrivalOf(upload))))
        throw new Refusal('upload_incomplete', 'Nothing was sent to the upload URL.');
      return;
    }
    const there = new Set((await this.partsOf(upload)).map(({ part }) => part));
    const missing = Array.from({ length: count }, (_, at) => at + 1).filter((part) => !there.has(part));
    if (missing.length === 0) return;
    const named = missing.slice(0, NAMED_PARTS).join(', ') + (missing.length > NAMED_PARTS ? ', …' : '');
    throw new Refusal('upload_incomplete', `${missing.length} of ${count} parts are missing: ${named}.`);
  }
}

const arrivalOf = ({ account_id, artifact_id }: Pick<UploadRow, 'account_id' | 'artifact_id'>) =>
  objectKeys.arrival(account_id, artifact_id);
