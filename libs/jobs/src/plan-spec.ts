import type { TaskSpec } from '@computalot/contracts';
import { arrayIn, itemTotalOf, shapeOf, type FanOutShape, type ShapedFanOut } from './fan-out-shape.js';

/** Most tasks of one job, and most items of an artifact. */
export const MAX_TASKS_PER_JOB = 1_000_000;

export interface PlannedSpec {
  readonly ok: true;
  readonly task_total: number;
  readonly item_total: number;
  /** null: no fan-out, one task. */
  readonly shape: FanOutShape | null;
}

export type SpecFaultCode =
  | 'batch_without_fan_out'
  | 'invalid_batch_size'
  | 'fan_out_by_not_an_array'
  | 'fan_out_empty'
  | 'fan_out_item_not_an_object'
  | 'invalid_chunks'
  | 'more_chunks_than_total'
  | 'reserved_field'
  | 'too_many_tasks';

export interface SpecFault {
  readonly ok: false;
  readonly code: SpecFaultCode;
  /** What is wrong and what would be right, for the user. */
  readonly detail: string;
  /** JSON Pointer into the submission. */
  readonly pointer: string;
}

/** Fields of a payload that the platform writes. */
const RESERVED = ['_fan_out', '_batch', '_chunk'];

/**
 * The size of a job, or the first fault in what it asks for. A spec that passes can be given to `taskPayload` with every index below
 * `task_total`. At least one task, at least one item in each.
 */
export function planSpec(spec: TaskSpec): PlannedSpec | SpecFault {
  const sizeFault = batchSizeFault(spec);
  if (sizeFault) return sizeFault;
  if (!spec.fan_out) return { ok: true, task_total: 1, item_total: 1, shape: null };
  const fanOut = shapeOf(spec.fan_out);
  const found = fanOutFault(spec, fanOut);
  if (found) return found;
  const item_total = itemTotalOf(spec);
  const task_total = Math.ceil(item_total / (spec.batch_size ?? 1));
  if (task_total > MAX_TASKS_PER_JOB) {
    const detail = `This makes ${task_total} tasks; a job may have ${MAX_TASKS_PER_JOB}. Raise batch_size or make fewer, larger parts.`;
    return fault('too_many_tasks', detail, '/fan_out');
  }
  return { ok: true, task_total, item_total, shape: fanOut.shape };
}

function batchSizeFault({ fan_out, batch_size }: TaskSpec): SpecFault | null {
  if (batch_size === undefined) return null;
  if (!fan_out) {
    return fault(
      'batch_without_fan_out',
      'batch_size says how many items of a fan_out one task gets; there is no fan_out.',
      '/batch_size',
    );
  }
  if (!Number.isSafeInteger(batch_size) || batch_size < 1) {
    return fault('invalid_batch_size', 'batch_size must be a whole number, at least 1.', '/batch_size');
  }
  return null;
}

function fanOutFault(spec: TaskSpec, fanOut: ShapedFanOut): SpecFault | null {
  switch (fanOut.shape) {
    case 'by':
      return byFault(spec, fanOut.by);
    case 'items':
      return itemsFault(fanOut.items);
    case 'items_artifact':
      return fanOut.item_total > 0 ? null : emptyFault('The artifact', '/fan_out/items_artifact');
    case 'chunks':
      return chunksFault(spec, fanOut);
  }
}

function emptyFault(what: string, pointer: string): SpecFault {
  return fault('fan_out_empty', `${what} is empty; a fan-out needs at least one item.`, pointer);
}

function byFault({ payload }: TaskSpec, by: string): SpecFault | null {
  if (RESERVED.includes(by)) return reservedFault(by, '/fan_out/by');
  const items = arrayIn(payload, by);
  if (!items) {
    const detail = `fan_out.by must name an array in the payload; payload.${by} is not one.`;
    return fault('fan_out_by_not_an_array', detail, '/fan_out/by');
  }
  if (items.length > 0) return null;
  return emptyFault(`payload.${by}`, `/payload/${escapePointer(by)}`);
}

function itemsFault(items: readonly unknown[]): SpecFault | null {
  if (items.length === 0) return emptyFault('fan_out.items', '/fan_out/items');
  const wrong = items.findIndex((item) => typeof item !== 'object' || item === null || Array.isArray(item));
  if (wrong < 0) return null;
  return fault(
    'fan_out_item_not_an_object',
    'Each item is the payload of a task: a JSON object.',
    `/fan_out/items/${wrong}`,
  );
}

type ChunksFanOut = Extract<ShapedFanOut, { shape: 'chunks' }>;

function chunksFault(
  { payload, batch_size }: TaskSpec,
  { chunks, total, range_field }: ChunksFanOut,
): SpecFault | null {
  if (!Number.isSafeInteger(chunks) || chunks < 1) {
    return fault('invalid_chunks', 'chunks must be a whole number, at least 1.', '/fan_out/chunks');
  }
  if (!Number.isSafeInteger(total) || total < 1) {
    return fault('invalid_chunks', 'total must be a whole number, at least 1.', '/fan_out/total');
  }
  if (chunks > total) {
    const detail = `${chunks} chunks of ${total} would leave some empty; ask for at most ${total}.`;
    return fault('more_chunks_than_total', detail, '/fan_out/chunks');
  }
  if (RESERVED.includes(range_field)) return reservedFault(range_field, '/fan_out/range_field');
  if (batch_size === undefined) return null;
  if (range_field === 'items') return reservedFault('items', '/fan_out/range_field');
  return Object.hasOwn(payload, 'items') ? reservedFault('items', '/payload/items') : null;
}

function reservedFault(field: string, pointer: string): SpecFault {
  return fault(
    'reserved_field',
    `The platform writes the field ${field} of each task's payload; choose another name.`,
    pointer,
  );
}

function fault(code: SpecFaultCode, detail: string, pointer: string): SpecFault {
  return { ok: false, code, detail, pointer };
}

function escapePointer(segment: string): string {
  return segment.replaceAll('~', '~0').replaceAll('/', '~1');
}
