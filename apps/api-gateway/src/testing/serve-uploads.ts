import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import type { BodyOf, uploadAnswered, uploadRequested } from '@computalot/contracts';
import {
  claimUploadsToVerify,
  publishArtifactIfAnnounced,
  settleUpload,
  signUpload,
  type Database,
} from '@computalot/database';
import { objectKeys, type ObjectStore } from '@computalot/object-store';

type Question = BodyOf<typeof uploadRequested>;

/** Answers a gateway as the artifact service does, which is no part of this room; small files only. */
export async function serveUpload(
  database: Database,
  objects: ObjectStore,
  { request_id, action, artifact_id, parts }: Question,
): Promise<BodyOf<typeof uploadAnswered>> {
  if (action === 'verify') {
    await verify(database, objects, artifact_id);
    return { request_id, urls: [] };
  }
  const upload = await signUpload(database, artifact_id, 60);
  if (!upload) return { request_id, urls: null };
  const { account_id, multipart_id } = upload;
  const key = objectKeys.arrival(account_id, artifact_id);
  const options = { expires_s: 60 };
  const urls =
    multipart_id === null
      ? [objects.presignPut(key, options)]
      : parts.map((part) => objects.presignPart(key, multipart_id, part, options));
  return { request_id, urls: await Promise.all(urls) };
}

async function verify(database: Database, objects: ObjectStore, id: string): Promise<void> {
  const [upload] = await claimUploadsToVerify(database, id, 1);
  if (!upload?.artifact) return;
  const { account_id, multipart_id, artifact } = upload;
  const key = objectKeys.arrival(account_id, id);
  if (multipart_id !== null) await objects.completeParts(key, multipart_id);
  const stream = await objects.get(key);
  const bytes = stream ? await buffer(stream) : Buffer.alloc(0);
  const isRight = createHash('sha256').update(bytes).digest('hex') === artifact.sha256;
  if (isRight) {
    await objects.put(objectKeys.artifact(account_id, artifact.sha256), bytes);
    await publishArtifactIfAnnounced(database, artifact);
  }
  await objects.delete(key);
  await settleUpload(database, id, isRight ? null : 'the uploaded bytes do not have the announced sha256');
}
