import {
  DATABASE,
  publishArtifactIfAnnounced,
  readArtifactOfHolder,
  type Database,
  type HeldArtifact,
} from '@computalot/database';
import { OUTBOX_RELAY, type OutboxRelay } from '@computalot/messaging';
import { OBJECT_STORE, objectKeys, type ObjectStore } from '@computalot/object-store';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { nothingToMove, refuse, type GrantAnswer } from '../grant-answer.js';
import { sha256Of } from './sha256-of.js';
import { Slots } from './slots.js';

/** Objects read at once for verification; each keeps one connection to the store and part of a core busy. */
const VERIFY_AT_ONCE = 2;

type Publishable = Pick<HeldArtifact, 'id' | 'account_id' | 'job_id' | 'filename' | 'size_bytes' | 'sha256'>;

/** Makes an artifact visible once its bytes are what was announced. */
@Injectable()
export class PublishArtifacts implements OnModuleDestroy {
  private readonly slots = new Slots(VERIFY_AT_ONCE);
  private readonly underWay = new Map<string, Promise<GrantAnswer>>();

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OBJECT_STORE) private readonly store: ObjectStore,
    @Inject(OUTBOX_RELAY) private readonly relay: Pick<OutboxRelay, 'wake'>,
  ) {}

  /** A worker that asks again while its upload is being verified gets the same answer. */
  publishUploaded(artifactId: string, workerId: string): Promise<GrantAnswer> {
    const key = `${artifactId} ${workerId}`;
    const running = this.underWay.get(key);
    if (running) return running;
    const started = this.slots.run(() => this.verifyAndPublish(artifactId, workerId));
    this.underWay.set(key, started);
    return started.finally(() => this.underWay.delete(key));
  }

  /** Publishes what is known to be stored. False when it was published before or announced anew. */
  async publish(artifact: Publishable): Promise<boolean> {
    const published = await publishArtifactIfAnnounced(this.database, artifact);
    if (published) this.relay.wake();
    return published;
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.allSettled(this.underWay.values());
  }

  private async verifyAndPublish(artifactId: string, workerId: string): Promise<GrantAnswer> {
    const artifact = await readArtifactOfHolder(this.database, artifactId, workerId);
    if (!artifact) return refuse('unknown_artifact', 'no such artifact of an attempt that the worker holds');
    if (artifact.published) return nothingToMove(artifact.id);
    const fault = await this.findFault(artifact);
    if (fault) return fault;
    if (await this.publish(artifact)) return nothingToMove(artifact.id);
    const now = await readArtifactOfHolder(this.database, artifactId, workerId);
    return now?.published
      ? nothingToMove(artifact.id)
      : refuse('announced_anew', 'the artifact was announced with other content meanwhile');
  }

  /** Bytes that are not what was announced are removed: the key belongs to their hash. */
  private async findFault(artifact: HeldArtifact): Promise<GrantAnswer | null> {
    const key = objectKeys.artifact(artifact.account_id, artifact.sha256);
    const stored = await this.store.head(key);
    const body = stored && (await this.store.get(key));
    if (!stored || !body) return refuse('not_uploaded', 'nothing was uploaded for this artifact');
    if (stored.size_bytes !== artifact.size_bytes) {
      body.destroy();
      await this.store.delete(key);
      return refuse('size_mismatch', `announced ${artifact.size_bytes} bytes, uploaded ${stored.size_bytes}`);
    }
    if ((await sha256Of(body)) === artifact.sha256) return null;
    await this.store.delete(key);
    return refuse('hash_mismatch', 'the uploaded bytes do not have the announced sha256');
  }
}
