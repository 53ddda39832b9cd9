/** Where tasks of one kind may go: `room` of them now, `slots` when empty (the size that evenness is measured by). `slots` ≥ 1. */
export interface Place {
  readonly room: number;
  readonly slots: number;
}

/**
 * Spreads `count` tasks over places, the emptier first, so that the free fractions (`room / slots`) of those that got some end level.
 * Answers how many each place gets, in order; together min(count, all room). O(n log n), whatever `count` is.
 */
export function spread(count: number, places: readonly Place[]): number[] {
  const level = freeLevelAfter(count, places);
  const shares = places.map(({ room, slots }) => Math.max(0, Math.min(room, room - level * slots)));
  const given = shares.map((share) => Math.floor(share + 1e-9));
  let missing = Math.min(count, sum(places.map(({ room }) => room))) - sum(given);
  // the whole parts leave less than one task per place: those that rounding cost most come first
  const order = places.map((_, at) => at).sort((a, b) => lost(b) - lost(a) || a - b);
  for (const at of order) {
    if (missing <= 0) break;
    if (given[at]! >= places[at]!.room) continue;
    given[at]!++;
    missing--;
  }
  return given;

  function lost(at: number): number {
    return Math.round((shares[at]! - given[at]!) * 1e6);
  }
}

/** The free fraction down to which `count` tasks fill the places; 0 when they fill everything. */
function freeLevelAfter(count: number, places: readonly Place[]): number {
  const emptiestFirst = [...places].sort((a, b) => b.room / b.slots - a.room / a.slots);
  let rooms = 0;
  let slots = 0;
  for (const [at, place] of emptiestFirst.entries()) {
    rooms += place.room;
    slots += place.slots;
    const level = (rooms - count) / slots;
    const next = emptiestFirst[at + 1];
    if (!next || level >= next.room / next.slots) return Math.max(0, level);
  }
  return 0;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
