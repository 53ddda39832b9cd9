import type { FieldFault } from '@computalot/contracts';
import { pointerTo } from '../problems/refusal.js';
import { isPlainObject } from './map-of.validator.js';

/** Words of the contract that this version knows of and does not do. They are refused in so many words: dropping them would run another job than was asked for. */
const LATER_PAYLOAD = ['_artifacts'];

const detail = 'is part of the contract, but not available in this version yet';

/** Asking for nothing is fine. */
function asksForSomething(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false && !(Array.isArray(value) && value.length === 0);
}

export function laterFeatures(body: Readonly<Record<string, unknown>>): FieldFault[] {
  const at = (place: Readonly<Record<string, unknown>>, fields: readonly string[], ...path: string[]) =>
    fields
      .filter((field) => Object.hasOwn(place, field) && asksForSomething(place[field]))
      .map((field) => ({ pointer: pointerTo(...path, field), detail }));
  const { payload } = body;
  return isPlainObject(payload) ? at(payload, LATER_PAYLOAD, 'payload') : [];
}
