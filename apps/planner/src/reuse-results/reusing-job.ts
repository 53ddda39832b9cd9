import {
  listIdenticalTasks,
  readPlanned,
  type Database,
  type IdenticalTask,
  type Outcome,
  type Reused,
} from '@computalot/database';
import { encodeId, taskId } from '@computalot/kernel';
import { objectKeys, type ObjectStore } from '@computalot/object-store';

/** Tasks of a slice: what is theirs is computed at one go. */
const SLICE = 2_000;
/** Artifacts of a slice: the database holds a lock for each until the commit. */
const ARTIFACTS = 1_000;
const COPIED_AT_ONCE = 16;

/** What is known of the next tasks of a job, from `first` on. */
export interface Reuse {
  readonly first: number;
  /** Of every task, in order: what makes others identical to it. */
  readonly prints: readonly string[];
  readonly reused: readonly Reused[];
}

interface Prints {
  readonly total: number;
  of(index: number): string | Promise<string>;
}

/** A job with `cache` while its tasks are inserted. */
export class ReusingJob {
  constructor(
    private readonly database: Database,
    private readonly objects: ObjectStore,
    private readonly job: { readonly id: string; readonly account_id: string },
    private readonly prints: Prints,
  ) {}

  /** Of the tasks that are inserted next; null when none is left. What lies in the object store is copied by then. */
  async next(): Promise<Reuse | null> {
    const first = await readPlanned(this.database, this.job.id);
    if (first === null || first >= this.prints.total) return null;
    const size = Math.min(SLICE, this.prints.total - first);
    const prints: string[] = [];
    for (let index = first; index < first + size; index += 1) prints.push(await this.prints.of(index));
    const found = await listIdenticalTasks(this.database, this.job.account_id, prints);
    const fitting = fittingIn(size, found);
    return { first, prints: prints.slice(0, fitting), reused: await this.take(first, fitting, found) };
  }

  private async take(first: number, size: number, found: ReadonlyMap<number, IdenticalTask>): Promise<Reused[]> {
    const reused = [...found]
      .filter(([place, { artifacts }]) => place < size && artifacts.length <= ARTIFACTS)
      .map(([place, from]) => ({ index: first + place, from, outcome: outcomeOf(from) }));
    const there: Reused[] = reused.filter(({ outcome }) => outcome.result_stored_bytes === undefined);
    const stored = reused.filter(({ outcome }) => outcome.result_stored_bytes !== undefined);
    for (let at = 0; at < stored.length; at += COPIED_AT_ONCE) {
      const part = stored.slice(at, at + COPIED_AT_ONCE);
      const copied = await Promise.all(part.map((each) => this.copy(each)));
      there.push(...part.filter((_, place) => copied[place]));
    }
    return there;
  }

  /** To where the job's own result would lie; one that is not used goes with the job, or is replaced by the attempt. False when it is gone. */
  private async copy({ index, from, outcome }: Reused): Promise<boolean> {
    const body = await this.objects.get(objectKeys.result(from.job_id, from.index, from.attempt));
    if (!body) return false;
    await this.objects.put(objectKeys.result(this.job.id, index, 1), body, outcome.result_stored_bytes);
    return true;
  }
}

/** How many of the tasks have no more artifacts than a slice may have, and at least one. */
function fittingIn(size: number, found: ReadonlyMap<number, IdenticalTask>): number {
  let artifacts = 0;
  for (let place = 0; place < size; place += 1) {
    const more = found.get(place)?.artifacts.length ?? 0;
    if (more > ARTIFACTS) continue;
    artifacts += more;
    if (artifacts > ARTIFACTS) return place;
  }
  return size;
}

function outcomeOf({ job_id, index, outcome }: IdenticalTask): Outcome {
  const { warnings, quality, result_stored_bytes, cached_from } = outcome ?? {};
  return {
    ...(warnings === undefined ? {} : { warnings }),
    ...(quality === undefined ? {} : { quality }),
    ...(result_stored_bytes === undefined ? {} : { result_stored_bytes }),
    cached_from: cached_from ?? taskId(encodeId('job', job_id), index),
  };
}
