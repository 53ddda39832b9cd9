import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { UploadedArtifact } from '@computalot/database';
import { OBJECT_STORE, objectKeys, type ObjectStore } from '@computalot/object-store';
import { Inject, Injectable } from '@nestjs/common';

/** What is wrong with what arrived for an artifact. `not_uploaded`: nothing did, and something still may. */
export interface ArrivalFault {
  readonly code: 'not_uploaded' | 'size_mismatch' | 'hash_mismatch';
  readonly message: string;
}

/**
 * Makes what arrived the stored content, if it is what was announced. It is read once, hashed and written as it is read, so that what is stored is
 * what was hashed: whoever holds the URL may exchange the arrival at any moment. The content's key appears only when the last byte was right.
 */
@Injectable()
export class TakeArrivals {
  constructor(@Inject(OBJECT_STORE) private readonly store: ObjectStore) {}

  /** Null when the content is stored. What is refused is removed. */
  async take(artifact: UploadedArtifact): Promise<ArrivalFault | null> {
    const arrival = objectKeys.arrival(artifact.account_id, artifact.id);
    const arrived = await this.store.head(arrival);
    if (!arrived) return (await this.isStored(artifact)) ? null : NOTHING;
    const fault =
      arrived.size_bytes === artifact.size_bytes ? await this.keep(arrival, artifact) : sized(artifact, arrived);
    if (fault !== NOTHING) await this.store.delete(arrival);
    return fault;
  }

  /** An earlier run may have stored it and died before it said so: only verified bytes are ever stored under the key of a content. */
  private async isStored({ account_id, sha256, size_bytes }: UploadedArtifact): Promise<boolean> {
    return (await this.store.head(objectKeys.artifact(account_id, sha256)))?.size_bytes === size_bytes;
  }

  private async keep(
    arrival: string,
    { account_id, sha256, size_bytes }: UploadedArtifact,
  ): Promise<ArrivalFault | null> {
    const body = await this.store.get(arrival);
    if (!body) return NOTHING;
    // Stores wrap errors of what they are given.
    let isWrong = false;
    const onWrong = () => void (isWrong = true);
    try {
      const verified = Readable.from(verifiedBytes(body, { sha256, size_bytes }, onWrong), { objectMode: false });
      await this.store.put(objectKeys.artifact(account_id, sha256), verified, size_bytes);
      return null;
    } catch (error) {
      if (isWrong) return WRONG;
      throw error;
    } finally {
      body.destroy();
    }
  }
}

const NOTHING: ArrivalFault = { code: 'not_uploaded', message: 'nothing was uploaded for this artifact' };
const WRONG: ArrivalFault = {
  code: 'hash_mismatch',
  message: 'the uploaded bytes do not have the announced sha256',
};

function sized(announced: { size_bytes: number }, arrived: { size_bytes: number }): ArrivalFault {
  const message = `announced ${announced.size_bytes} bytes, uploaded ${arrived.size_bytes}`;
  return { code: 'size_mismatch', message };
}

/**
 * The bytes as they come, while they may be those announced. The last chunk is held until the hash is known: whoever counts bytes, as an object store
 * does, must not have them all before.
 */
async function* verifiedBytes(
  body: AsyncIterable<Buffer>,
  { sha256, size_bytes }: { readonly sha256: string; readonly size_bytes: number },
  onWrong: () => void,
): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  let seen = 0;
  let held: Buffer | undefined;
  for await (const chunk of body) {
    seen += chunk.length;
    if (seen > size_bytes) break;
    hash.update(chunk);
    if (held) yield held;
    held = chunk;
  }
  if (seen !== size_bytes || hash.digest('hex') !== sha256) {
    onWrong();
    throw new Error(WRONG.message);
  }
  if (held) yield held;
}
