import type { Readable } from 'node:stream';
import { MAX_ITEM_BYTES, SPEC_PART_BYTES, type RunContext, type TaskSpec } from '@computalot/contracts';
import { DATABASE, readArtifact, type Database, type JobToPlan } from '@computalot/database';
import { itemLinesOf, PartSizes, specPartOf, specPartText } from '@computalot/jobs';
import { decodeId } from '@computalot/kernel';
import { OBJECT_STORE, objectKeys, type ObjectStore } from '@computalot/object-store';
import { Inject, Injectable } from '@nestjs/common';

interface Cut {
  /** Of each part. */
  readonly tasks: number;
  /** Items. */
  readonly total: number;
  readonly batchSize: number | undefined;
  readonly payload: TaskSpec['payload'];
}

/** Lays the items of an artifact into parts of the job's own, so that a worker fetches those of its tasks and the artifact may go. */
@Injectable()
export class StoreSpecParts {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OBJECT_STORE) private readonly objects: ObjectStore,
  ) {}

  /**
   * What the run context says of the parts; undefined for a job without an artifact of items, null when its artifact is gone. Reads the file
   * twice, for what its lines allow and to cut it, a part in memory at a time. May be repeated: the parts are the same.
   */
  async store(job: JobToPlan, spec: TaskSpec): Promise<RunContext['spec_parts'] | null> {
    const { fan_out } = spec;
    if (!fan_out || !('items_artifact' in fan_out)) return undefined;
    const uuid = decodeId('art', fan_out.items_artifact);
    const artifact = uuid && (await readArtifact(this.database, job.account_id, uuid));
    // The gateway takes no items that lie elsewhere.
    if (!artifact || artifact.external_url !== null) return null;
    const key = objectKeys.artifact(job.account_id, artifact.sha256);
    const sizes = new PartSizes(spec.batch_size ?? 1);
    const first = await this.objects.get(key);
    if (!first) return null;
    for await (const lines of itemLinesOf(first, MAX_ITEM_BYTES)) for (const { bytes } of lines) sizes.add(bytes);
    if (sizes.itemTotal !== fan_out.item_total) {
      throw new Error(
        `job ${job.id} was accepted with ${fan_out.item_total} items; its artifact has ${sizes.itemTotal}`,
      );
    }
    const again = await this.objects.get(key);
    if (!again) return null;
    const tasks = sizes.tasksWithin(SPEC_PART_BYTES);
    const { batch_size: batchSize, payload } = spec;
    await this.cut(again, job.id, { tasks, total: sizes.itemTotal, batchSize, payload });
    return { tasks };
  }

  private async cut(body: Readable, jobId: string, { tasks, total, batchSize, payload }: Cut): Promise<void> {
    const itemsPerTask = batchSize ?? 1;
    let start = 0;
    let items: string[] = [];
    const put = async (): Promise<void> => {
      const text = specPartText(items, { start, total, batchSize, payload });
      await this.objects.put(objectKeys.specPart(jobId, specPartOf(start / itemsPerTask, tasks)), Buffer.from(text));
      start += items.length;
      items = [];
    };
    for await (const lines of itemLinesOf(body, MAX_ITEM_BYTES)) {
      for (const { text } of lines) {
        items.push(text);
        if (items.length === tasks * itemsPerTask) await put();
      }
    }
    if (items.length > 0) await put();
  }
}
