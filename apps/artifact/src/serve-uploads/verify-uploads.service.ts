import { claimUploadsToVerify, DATABASE, settleUpload, type Database, type UploadToVerify } from '@computalot/database';
import { OBJECT_STORE, objectKeys, type ObjectStore } from '@computalot/object-store';
import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { PublishArtifacts } from '../publish-artifacts/publish-artifacts.service.js';
import { Slots } from '../take-arrivals/slots.js';
import { TakeArrivals } from '../take-arrivals/take-arrivals.service.js';

/** Uploads read at once; each keeps two connections to the store and part of a core busy. */
const VERIFY_AT_ONCE = 2;

/** Finds out whether what users uploaded is what they announced, however long that takes: what is to be done is in Postgres. */
@Injectable()
export class VerifyUploads implements OnModuleDestroy {
  private readonly logger = new Logger(VerifyUploads.name);
  private readonly slots = new Slots(VERIFY_AT_ONCE);
  private readonly underWay = new Set<Promise<unknown>>();

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OBJECT_STORE) private readonly store: ObjectStore,
    private readonly arrivals: TakeArrivals,
    private readonly artifacts: PublishArtifacts,
  ) {}

  /** Those that somebody said to verify and did not get to the end with; returns how many. */
  async runOnce(): Promise<number> {
    const verified = await this.track(this.slots.run(() => this.claim(null)));
    return verified ? 1 : 0;
  }

  /** Never throws. False when it could not be settled now, or somebody else is at it. */
  async verify(artifactId: string): Promise<boolean> {
    return this.track(this.slots.run(() => this.claim(artifactId))).catch((error: unknown) => {
      this.logger.error(`the upload of artifact ${artifactId} could not be verified`, error);
      return false;
    });
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.allSettled(this.underWay);
  }

  private async claim(artifactId: string | null): Promise<boolean> {
    const [upload] = await claimUploadsToVerify(this.database, artifactId, 1);
    if (upload) await settleUpload(this.database, upload.id, await this.faultOf(upload));
    return upload !== undefined;
  }

  private async faultOf({ id, account_id, multipart_id, artifact }: UploadToVerify): Promise<string | null> {
    if (!artifact) return null;
    if (multipart_id !== null) await this.store.completeParts(objectKeys.arrival(account_id, id), multipart_id);
    const fault = await this.arrivals.take(artifact);
    if (fault) return fault.message;
    await this.artifacts.publish(artifact);
    return null;
  }

  private async track<T>(work: Promise<T>): Promise<T> {
    this.underWay.add(work);
    try {
      return await work;
    } finally {
      this.underWay.delete(work);
    }
  }
}
