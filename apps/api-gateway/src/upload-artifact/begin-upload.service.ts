import { MAX_PARTS, PART_BYTES, SIGNED_FOR_S, type DirectUpload, type SignedParts } from '@computalot/contracts';
import {
  beginUpload,
  DATABASE,
  readUpload,
  type Database,
  type UploadedArtifact,
  type UploadRow,
} from '@computalot/database';
import { encodeId } from '@computalot/kernel';
import { OBJECT_STORE, objectKeys, type ObjectStore } from '@computalot/object-store';
import { Inject, Injectable } from '@nestjs/common';
import { Refusal } from '../problems/refusal.js';
import { AnnounceArtifact } from './announce-artifact.service.js';
import { AskArtifact } from './ask-artifact.service.js';
import { partCount } from './upload-view.js';

/** Begins uploads that go past the gateway, into the object store. */
@Injectable()
export class BeginUpload {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OBJECT_STORE) private readonly objects: ObjectStore,
    private readonly announcer: AnnounceArtifact,
    private readonly artifacts: AskArtifact,
  ) {}

  async direct(artifact: UploadedArtifact): Promise<DirectUpload> {
    const id = encodeId('art', artifact.id);
    if (await this.announcer.announce(artifact))
      return { id, status: 'published', upload_url: null, headers: {}, expires_at: null };
    await beginUpload(this.database, artifact, null);
    const [upload_url] = await this.signed(artifact.id, []);
    if (upload_url === undefined) throw new Error(`no URL for artifact ${artifact.id}`);
    return { id, status: 'open', upload_url, headers: {}, expires_at: expiry() };
  }

  async multipart(artifact: UploadedArtifact): Promise<UploadRow> {
    const published = await this.announcer.announce(artifact);
    if (!published) await this.beginParts(artifact);
    const upload = await readUpload(this.database, artifact.account_id, artifact.id);
    if (upload) return upload;
    const { id: artifact_id, account_id, size_bytes } = artifact;
    return {
      artifact_id,
      account_id,
      size_bytes,
      multipart_id: null,
      part_bytes: null,
      status: 'published',
      fault: null,
    };
  }

  async signParts(upload: UploadRow, parts: number[]): Promise<SignedParts> {
    const count = partCount(upload) ?? 0;
    const unknown = parts.findIndex((part) => part > count);
    if (unknown >= 0) {
      const detail = count === 0 ? 'the upload is not in parts' : `there are ${count} parts`;
      throw Refusal.invalid([{ pointer: `/part_numbers/${unknown}`, detail }]);
    }
    const urls = await this.signed(upload.artifact_id, parts);
    return {
      parts: parts.map((part_number, at) => ({ part_number, upload_url: urls[at] ?? '' })),
      expires_at: expiry(),
    };
  }

  private async beginParts(artifact: UploadedArtifact): Promise<void> {
    const key = objectKeys.arrival(artifact.account_id, artifact.id);
    const multipart_id = await this.objects.beginParts(key);
    const part_bytes = Math.max(PART_BYTES, Math.ceil(artifact.size_bytes / MAX_PARTS));
    const begun = await beginUpload(this.database, artifact, { multipart_id, part_bytes });
    // An earlier run of the same request began it.
    if (begun?.multipart_id !== multipart_id) await this.objects.abortParts(key, multipart_id);
  }

  private async signed(artifactId: string, parts: number[]): Promise<string[]> {
    const urls = await this.artifacts.sign(artifactId, parts);
    if (!urls) throw Refusal.notFound(`The upload of artifact ${encodeId('art', artifactId)}`);
    return urls;
  }
}

/** A little early, so that nobody tries a URL that has just run out. */
const expiry = () => new Date(Date.now() + (SIGNED_FOR_S - 60) * 1_000).toISOString();
