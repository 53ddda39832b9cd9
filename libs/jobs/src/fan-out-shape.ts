import type { FanOut, TaskSpec } from '@computalot/contracts';

export type FanOutShape = 'by' | 'items' | 'items_artifact' | 'chunks';

type ByFanOut = Extract<FanOut, { by: string }>;
type ItemsFanOut = Extract<FanOut, { items: unknown }>;
type ItemsArtifactFanOut = Extract<FanOut, { items_artifact: string }>;
type ChunksFanOut = Extract<FanOut, { chunks: number }>;

/** A fan-out with its shape named, so that a switch over it is exhaustive. */
export type ShapedFanOut =
  | ({ readonly shape: 'by' } & Readonly<ByFanOut>)
  | ({ readonly shape: 'items' } & Readonly<Required<ItemsFanOut>>)
  | ({ readonly shape: 'items_artifact' } & Readonly<ItemsArtifactFanOut>)
  | ({ readonly shape: 'chunks' } & Readonly<ChunksFanOut>);

export function shapeOf(fanOut: FanOut): ShapedFanOut {
  if ('by' in fanOut) return { shape: 'by', by: fanOut.by };
  if ('items' in fanOut) {
    const { items, part = { start: 0, total: items.length } } = fanOut;
    return { shape: 'items', items, part };
  }
  if ('items_artifact' in fanOut) return { shape: 'items_artifact', ...fanOut };
  return { shape: 'chunks', chunks: fanOut.chunks, range_field: fanOut.range_field, total: fanOut.total };
}

/** Elements that the fan-out spreads over tasks. 1 without a fan-out. */
export function itemTotalOf(spec: TaskSpec): number {
  if (!spec.fan_out) return 1;
  const fanOut = shapeOf(spec.fan_out);
  switch (fanOut.shape) {
    case 'by':
      return arrayIn(spec.payload, fanOut.by)?.length ?? 0;
    case 'items':
      return fanOut.part.total;
    case 'items_artifact':
      return fanOut.item_total;
    case 'chunks':
      return fanOut.chunks;
  }
}

/** The array that `by` names, if it names one of the payload's own. */
export function arrayIn(payload: Readonly<Record<string, unknown>>, field: string): readonly unknown[] | null {
  const value = payload[field];
  return Array.isArray(value) ? value : null;
}
