import { isDomainError } from '@computalot/kernel';

/** The object store is out of reach or says that it cannot answer now, which says nothing of the object. */
export class StoreAway extends Error {}

/** Refusals of the artifact service that say nothing of what was asked for. */
const AWAY = new Set(['grant_unanswered', 'storage_unavailable']);

/** What was asked for may well be there: the artifact service or the object store is away. */
export function isAway(error: unknown): boolean {
  return error instanceof StoreAway || (isDomainError(error) && AWAY.has(error.code));
}
