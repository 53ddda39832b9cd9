import {
  DATABASE,
  claimOrphanedContents,
  forgetOrphanedContents,
  type Content,
  type Database,
} from '@computalot/database';
import { OBJECT_STORE, objectKeys, type ObjectStore } from '@computalot/object-store';
import { Inject, Injectable } from '@nestjs/common';

const AT_ONCE = 100;
/** Seconds after which a removal that is still under way must have died with its process. */
const STALE_S = 900;

/**
 * Removes bytes that no artifact of their account has any more. From the decision to the end no artifact of that content can be announced: whoever
 * tries is told to ask again in a moment.
 */
@Injectable()
export class RemoveContents {
  /** Decided on, and not removed yet: the object store was away. */
  private underWay: readonly Content[] = [];

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OBJECT_STORE) private readonly objects: ObjectStore,
  ) {}

  /** Returns how many contents it decided on, kept ones included. One run at a time. */
  async runOnce(): Promise<number> {
    await this.removeUnderWay();
    const { seen, orphaned } = await this.database.transaction((tx) => claimOrphanedContents(tx, AT_ONCE, STALE_S));
    this.underWay = orphaned;
    await this.removeUnderWay();
    return seen;
  }

  private async removeUnderWay(): Promise<void> {
    if (this.underWay.length === 0) return;
    for (const { account_id, sha256 } of this.underWay) {
      await this.objects.delete(objectKeys.artifact(account_id, sha256));
    }
    await forgetOrphanedContents(this.database, this.underWay);
    this.underWay = [];
  }
}
