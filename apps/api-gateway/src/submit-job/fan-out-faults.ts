import type { FieldFault } from '@computalot/contracts';
import { pointerTo } from '../problems/refusal.js';

/** Fields of each shape; the first one names the shape. */
const SHAPES = {
  by: ['by'],
  items: ['items'],
  items_artifact: ['items_artifact'],
  chunks: ['chunks', 'range_field', 'total'],
} as const;
type Shape = keyof typeof SHAPES;
const BATCH = ['batch_size', 'batch_per_task'] as const;
const MAX_BATCH = 1_000_000;

/** Faults in the form of `fan_out`: not exactly one shape, a field too many or missing, a value of the wrong type. What the values mean is `planSpec`'s. */
export function fanOutFaults(fanOut: Readonly<Record<string, unknown>>): FieldFault[] {
  const fields = Object.keys(fanOut);
  const shapes = (Object.keys(SHAPES) as Shape[]).filter((shape) =>
    SHAPES[shape].some((field) => fields.includes(field)),
  );
  const [shape] = shapes;
  if (shape === undefined || shapes.length > 1) {
    const found = shapes.length > 1 ? `; this mixes ${shapes.join(' and ')}` : '';
    return [
      { pointer: '/fan_out', detail: `must have exactly one shape: by, items, items_artifact or chunks${found}` },
    ];
  }
  const allowed: readonly string[] = [...SHAPES[shape], ...BATCH];
  const unknown = fields.filter((field) => !allowed.includes(field));
  return [
    ...unknown.map((field) => ({ pointer: pointerTo('fan_out', field), detail: 'unknown field' })),
    ...SHAPES[shape].flatMap((field) => typeFault(field, fanOut[field])),
    ...BATCH.flatMap((field) => batchFault(field, fanOut[field])),
  ];
}

function typeFault(field: string, value: unknown): FieldFault[] {
  const fault = (detail: string): FieldFault[] => [{ pointer: pointerTo('fan_out', field), detail }];
  switch (field) {
    case 'items':
      return Array.isArray(value) ? [] : fault('must be an array of objects');
    case 'chunks':
    case 'total':
      return Number.isSafeInteger(value) && (value as number) > 0 ? [] : fault('must be a whole number, at least 1');
    default:
      // No body may have this field, so no payload may get it.
      if (value === '__proto__') return fault('a field of this name is not accepted');
      return typeof value === 'string' && value.length > 0 ? [] : fault('must be a non-empty string');
  }
}

function batchFault(field: string, value: unknown): FieldFault[] {
  if (value === undefined || value === null) return [];
  if (Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= MAX_BATCH) return [];
  return [{ pointer: pointerTo('fan_out', field), detail: `must be a whole number from 1 to ${MAX_BATCH}` }];
}

/** The same batch size may be said in several places; different ones may not. */
export function batchConflicts(
  body: Readonly<Record<string, unknown>>,
  fanOut: Readonly<Record<string, unknown>> | null,
): FieldFault[] {
  const said = [body, fanOut ?? {}]
    .flatMap((place) => BATCH.map((field) => place[field]))
    .filter((size) => size !== undefined && size !== null);
  if (new Set(said).size <= 1) return [];
  return [
    {
      pointer: '/batch_size',
      detail: `is given more than once with different values (${said.join(', ')}); give it once`,
    },
  ];
}
