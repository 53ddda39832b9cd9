import {
  DATABASE,
  publishArtifactIfAnnounced,
  readArtifactOfHolder,
  type Database,
  type PublishableArtifact,
} from '@computalot/database';
import { OUTBOX_RELAY, type OutboxRelay } from '@computalot/messaging';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { nothingToMove, refuse, type GrantAnswer } from '../grant-answer.js';
import { TakeArrivals } from '../take-arrivals/take-arrivals.service.js';
import { Slots } from '../take-arrivals/slots.js';

/** Objects read at once for verification; each keeps one connection to the store and part of a core busy. */
const VERIFY_AT_ONCE = 2;

/** Makes an artifact visible once its bytes are what was announced. */
@Injectable()
export class PublishArtifacts implements OnModuleDestroy {
  private readonly slots = new Slots(VERIFY_AT_ONCE);
  private readonly underWay = new Map<string, Promise<GrantAnswer>>();

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly arrivals: TakeArrivals,
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
  async publish(artifact: PublishableArtifact): Promise<boolean> {
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
    const fault = await this.arrivals.take(artifact);
    if (fault) return refuse(fault.code, fault.message);
    if (await this.publish(artifact)) return nothingToMove(artifact.id);
    const now = await readArtifactOfHolder(this.database, artifactId, workerId);
    return now?.published
      ? nothingToMove(artifact.id)
      : refuse('announced_anew', 'the artifact was announced with other content meanwhile');
  }
}
