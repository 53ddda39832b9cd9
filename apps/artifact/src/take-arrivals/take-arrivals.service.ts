import { createHash } from 'node:crypto';
import { Transform } from 'node:stream';
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
    const check = expectHash(sha256);
    body.once('error', (error) => check.stream.destroy(error));
    check.stream.once('close', () => body.destroy());
    try {
      await this.store.put(objectKeys.artifact(account_id, sha256), body.pipe(check.stream), size_bytes);
      return null;
    } catch (error) {
      if (check.failed()) return WRONG;
      throw error;
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

/** Passes bytes on, and fails at their end unless they have the hash. */
function expectHash(sha256: string): { readonly stream: Transform; readonly failed: () => boolean } {
  const hash = createHash('sha256');
  let isWrong = false;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
    flush(done) {
      isWrong = hash.digest('hex') !== sha256;
      done(isWrong ? new Error(WRONG.message) : null);
    },
  });
  return { stream, failed: () => isWrong };
}
