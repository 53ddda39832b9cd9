import { artifactCreatedEvent, type OutgoingEvent } from '@computalot/contracts';
import { encodeId, newUuid } from '@computalot/kernel';
import type { Database, Queryable } from '../database.js';
import { loadSql } from '../load-sql.js';
import { underQuotas } from '../submitting/under-quotas.js';
import { unlessBeingRemoved, type BeingRemoved } from './being-removed.js';

const sql = {
  announceUpload: loadSql('announce-upload'),
  publishArtifactIfAnnounced: loadSql('publish-artifact-if-announced'),
  createExternalArtifact: loadSql('create-external-artifact'),
  deleteArtifact: loadSql('delete-artifact'),
};

/** A file that a user uploads. */
export interface UploadedArtifact {
  readonly id: string;
  readonly account_id: string;
  readonly filename: string;
  readonly size_bytes: number;
  readonly sha256: string;
}

export type UploadAnnouncement = { readonly kind: 'announced'; readonly published: boolean } | BeingRemoved;

/**
 * Holds the content of an upload, and its place in the account's storage, from before its bytes are stored; `published` when an earlier run of the
 * same request got to the end. @throws QuotaReached
 */
export async function announceUpload(database: Database, artifact: UploadedArtifact): Promise<UploadAnnouncement> {
  const { id, account_id, filename, size_bytes, sha256 } = artifact;
  return unlessBeingRemoved(async () => {
    const values = [id, account_id, filename, size_bytes, sha256];
    const [row] = await underQuotas(database, account_id, (tx) =>
      tx.query<{ published: boolean }>(sql.announceUpload, values),
    );
    if (!row) throw new Error(`artifact ${id} is another one`);
    return { kind: 'announced', published: row.published };
  });
}

/** What is told of an artifact: one of a job or, with `job_id` null, a user's upload. */
export type PublishableArtifact = UploadedArtifact & { readonly job_id: string | null };

/** Publishes what is known to be stored, and tells of it. False when it was published before, is gone, or was announced anew since it was verified. */
export async function publishArtifactIfAnnounced(db: Queryable, artifact: PublishableArtifact): Promise<boolean> {
  const values = [artifact.id, artifact.sha256, JSON.stringify(artifactCreated(artifact))];
  return (await db.query(sql.publishArtifactIfAnnounced, values)).length > 0;
}

/** A file that lies at a URL elsewhere. */
export interface LinkedArtifact {
  readonly id: string;
  readonly account_id: string;
  readonly filename: string;
  readonly url: string;
  /** What its bytes are said to be; null: whatever they are. */
  readonly sha256: string | null;
}

/** Makes it known, and tells of it. False when an earlier run of the same request did. */
export async function createExternalArtifact(db: Queryable, artifact: LinkedArtifact): Promise<boolean> {
  const { id, account_id, filename, url, sha256 } = artifact;
  const event = JSON.stringify(artifactCreated({ id, account_id, job_id: null, filename, size_bytes: null, sha256 }));
  return (await db.query(sql.createExternalArtifact, [id, account_id, filename, url, sha256, event])).length > 0;
}

/** False when the account has no such artifact. Its bytes stay while another artifact of the account has them. */
export async function deleteArtifact(db: Queryable, accountId: string, id: string): Promise<boolean> {
  return (await db.query(sql.deleteArtifact, [accountId, id])).length > 0;
}

type CreatedArtifact = Omit<PublishableArtifact, 'size_bytes' | 'sha256'> & {
  readonly size_bytes: number | null;
  readonly sha256: string | null;
};

/** An artifact is there for everybody of its account. */
export function artifactCreated({ filename, size_bytes, sha256, ...artifact }: CreatedArtifact): OutgoingEvent {
  const artifact_id = encodeId('art', artifact.id);
  const job_id = artifact.job_id === null ? null : encodeId('job', artifact.job_id);
  return {
    type: artifactCreatedEvent.type,
    id: newUuid(),
    subject: job_id ?? artifact_id,
    time: new Date().toISOString(),
    data: { artifact_id, account_id: encodeId('acc', artifact.account_id), job_id, filename, size_bytes, sha256 },
  };
}
