/** `_chunk` of a payload: part `index` of `count` of a range of `total`; `end` is exclusive. */
export interface Chunk {
  readonly index: number;
  readonly count: number;
  readonly start: number;
  readonly end: number;
  readonly size: number;
  readonly total: number;
}

/** Chunk `index` of `count` over `total`: sizes differ by at most one, the larger ones come first. Needs no other chunk. */
export function chunkAt(total: number, count: number, index: number): Chunk {
  const start = chunkStart(total, count, index);
  const end = chunkStart(total, count, index + 1);
  return { index, count, start, end, size: end - start, total };
}

function chunkStart(total: number, count: number, index: number): number {
  return index * Math.floor(total / count) + Math.min(index, total % count);
}
