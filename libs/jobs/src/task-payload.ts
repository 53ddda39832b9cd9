import type { TaskSpec } from '@computalot/contracts';
import { benchmarkPayload } from './benchmark/index.js';
import { batchOf, type Batch } from './batches.js';
import { chunkAt, type Chunk } from './chunks.js';
import { arrayIn, itemTotalOf, shapeOf, type ShapedFanOut } from './fan-out-shape.js';
import { sharedPart } from './shared/index.js';
import { sweepPayload } from './sweep/index.js';

type Payload = Record<string, unknown>;

/**
 * The payload of task `index`, derived from the spec alone: the same on every machine and at every time. Costs one shallow copy and the
 * task's own slice; nested values are shared with the spec, so neither is to be changed.
 *
 * | shape | alone | with `batch_size` |
 * |---|---|---|
 * | none | the payload itself | refused by `planSpec` |
 * | `by` | payload, `payload[by] = [item]` | payload, `payload[by] = [...slice]` |
 * | `items` | the item, `_shared` and `_artifacts` of the payload | `{items: [...slice]}`, the same |
 * | `items_artifact` | the same, of the part of the spec that has the task's items | |
 * | `chunks` | payload, `payload[range_field] = size`, `_chunk` | the same for the batch's whole range, `items: [{[range_field], _chunk}]` |
 *
 * A batch of chunks covers one contiguous range. Its top-level `_chunk` and `payload[range_field]` describe that range as part `index` of
 * as many parts as there are tasks, so that a script written for one chunk runs on a batch unchanged; `items` has the single chunks.
 *
 * Every fanned-out payload has `_fan_out: {shape, index, total}` (in tasks), a batched one `_batch` (in items). The platform's fields win
 * over fields of the same names that a user sent.
 *
 * A sweep's task gets `_sweep`, a benchmark's `_benchmark` (see `sweepPayload`, `benchmarkPayload`).
 *
 * @throws RangeError when the spec (or this part of it) has no such task. The spec must have passed `planJob`.
 */
export function taskPayload(spec: TaskSpec, index: number): Payload {
  if (spec.sweep) return sweepPayload(spec.payload, spec.sweep, index);
  if (spec.benchmark) return benchmarkPayload(spec.payload, spec.benchmark, index);
  const total = Math.ceil(itemTotalOf(spec) / (spec.batch_size ?? 1));
  if (!Number.isInteger(index) || index < 0 || index >= total) {
    throw new RangeError(`task ${index} of a job with ${total} tasks`);
  }
  if (!spec.fan_out) return spec.payload;
  const fanOut = shapeOf(spec.fan_out);
  const batch = batchOf(spec, index);
  return {
    ...expand(spec.payload, fanOut, index, batch),
    ...(batch ? { _batch: batch } : {}),
    _fan_out: { shape: fanOut.shape, index, total },
  };
}

function expand(payload: Payload, fanOut: ShapedFanOut, index: number, batch: Batch | null): Payload {
  switch (fanOut.shape) {
    case 'by':
      // a computed key defines an own field even when it is called __proto__
      return { ...payload, [fanOut.by]: slice(arrayIn(payload, fanOut.by) ?? [], index, batch) };
    case 'items':
      return { ...itemsPayload(fanOut, index, batch), ...sharedPart(payload) };
    case 'items_artifact':
      throw new RangeError(`the items of task ${index} lie in a part of the spec`);
    case 'chunks':
      return batch
        ? chunkBatch(payload, fanOut, batch)
        : { ...payload, ...chunkFields(fanOut.range_field, chunkAt(fanOut.total, fanOut.chunks, index)) };
  }
}

function itemsPayload(
  { items, part: { start } }: Extract<ShapedFanOut, { shape: 'items' }>,
  index: number,
  batch: Batch | null,
): Payload {
  const first = (batch?.start ?? index) - start;
  const [item] = first < 0 ? [] : items.slice(first, first + 1);
  if (!item) throw new RangeError(`the items of task ${index} lie in another part of the spec`);
  return batch ? { items: items.slice(first, first + batch.size) } : item;
}

function slice(items: readonly unknown[], index: number, batch: Batch | null): unknown[] {
  return batch ? items.slice(batch.start, batch.start + batch.size) : items.slice(index, index + 1);
}

function chunkFields(rangeField: string, chunk: Chunk): Payload {
  return { [rangeField]: chunk.size, _chunk: chunk };
}

function chunkBatch(payload: Payload, fanOut: Extract<ShapedFanOut, { shape: 'chunks' }>, batch: Batch): Payload {
  const { chunks, range_field, total } = fanOut;
  const { start } = chunkAt(total, chunks, batch.start);
  const { end } = chunkAt(total, chunks, batch.start + batch.size - 1);
  const range: Chunk = { index: batch.index, count: batch.count, start, end, size: end - start, total };
  const items = Array.from({ length: batch.size }, (_, offset) =>
    chunkFields(range_field, chunkAt(total, chunks, batch.start + offset)),
  );
  return { ...payload, ...chunkFields(range_field, range), items };
}
