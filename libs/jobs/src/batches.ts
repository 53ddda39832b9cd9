import type { TaskSpec } from '@computalot/contracts';
import { itemTotalOf } from './fan-out-shape.js';

/** `_batch` of a payload: which slice of the items a task holds. `index` of `count` batches; `size` items from item `start` of `total`. */
export interface Batch {
  readonly index: number;
  readonly count: number;
  readonly start: number;
  readonly size: number;
  readonly total: number;
}

/** Batch number `index` of `total` items in groups of `batchSize`; the last one may be smaller. */
export function batchAt(total: number, batchSize: number, index: number): Batch {
  const start = index * batchSize;
  return { index, count: Math.ceil(total / batchSize), start, size: Math.min(batchSize, total - start), total };
}

/** The batch that a task of this spec holds, or null where the spec is not batched. */
export function batchOf(spec: TaskSpec, index: number): Batch | null {
  if (!spec.fan_out || spec.batch_size === undefined) return null;
  return batchAt(itemTotalOf(spec), spec.batch_size, index);
}

/**
 * A batched runner's results per item, in the order of the items: the own array `results` of its result when that has exactly one
 * element per item of the batch, else null (the result then stands for the batch as a whole).
 */
export function perItemResults(result: unknown, batch: Pick<Batch, 'size'>): readonly unknown[] | null {
  if (typeof result !== 'object' || result === null || !Object.hasOwn(result, 'results')) return null;
  const { results } = result as { results: unknown };
  return Array.isArray(results) && results.length === batch.size ? results : null;
}
