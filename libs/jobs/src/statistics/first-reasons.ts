/** Things that went wrong, by index, as plain JSON: all counted, the first few by index kept. The order of arrival changes nothing. */
export interface FirstReasons {
  readonly count: number;
  /** Ascending by index. */
  readonly first: readonly IndexedReason[];
}

export interface IndexedReason {
  readonly index: number;
  readonly reason: string;
}

export const MAX_REASONS = 100;

export const noReasons: FirstReasons = { count: 0, first: [] };

export function addReason(reasons: FirstReasons, added: IndexedReason): FirstReasons {
  const count = reasons.count + 1;
  const last = reasons.first.at(-1);
  if (reasons.first.length >= MAX_REASONS && last && last.index <= added.index) return { ...reasons, count };
  return { count, first: lowest([...reasons.first, added]) };
}

export function mergeReasons(one: FirstReasons, other: FirstReasons): FirstReasons {
  return { count: one.count + other.count, first: lowest([...one.first, ...other.first]) };
}

function lowest(reasons: readonly IndexedReason[]): IndexedReason[] {
  return reasons.toSorted((a, b) => a.index - b.index).slice(0, MAX_REASONS);
}
