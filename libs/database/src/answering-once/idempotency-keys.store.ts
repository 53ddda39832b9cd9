import { newUuid } from '@computalot/kernel';
import type { Queryable } from '../database.js';
import { loadSql } from '../load-sql.js';

const sql = {
  claim: loadSql('claim-idempotency-key'),
  keepAnswerIfClaimed: loadSql('keep-answer-if-claimed'),
  reopenKeyIfClaimed: loadSql('reopen-key-if-claimed'),
  forgetKeyIfClaimed: loadSql('forget-key-if-claimed'),
  forgetOldKeys: loadSql('forget-old-keys'),
};

/** Where a key lies: it means nothing to other accounts and on other routes. */
export interface KeyPlace {
  readonly account_id: string;
  readonly route: string;
  readonly key: string;
}

/** A right to answer for a key, until it is settled or taken over. */
export interface KeyClaim extends KeyPlace {
  /** UUIDv7 from which the ids of what the request creates derive. */
  readonly seed: string;
  /** Fences off whoever held the key before. */
  readonly claimed_at: string;
  /** When the key was first claimed. */
  readonly created_at: Date;
  /** Somebody held the key for the same request before; what it creates may exist. */
  readonly taken_over: boolean;
}

export interface KeptAnswer {
  readonly status: number;
  /** JSON text of an object. */
  readonly headers: string;
  readonly body: string;
}

export type ClaimOutcome =
  | { readonly kind: 'claimed'; readonly claim: KeyClaim }
  | { readonly kind: 'other_request' }
  | { readonly kind: 'in_progress' }
  | { readonly kind: 'answered'; readonly answer: KeptAnswer };

type ClaimRow = Pick<KeyClaim, 'seed' | 'claimed_at' | 'created_at' | 'taken_over'> & {
  readonly claimed: boolean;
  readonly is_same: boolean;
  readonly status: number | null;
  readonly headers: string | null;
  readonly body: string | null;
};

/** A row may appear or go away while the statement runs; more often than this it does not. */
const MAX_TRIES = 10;

/** @param staleAfter_s seconds after which a claim that was not settled is given up for lost */
export async function claimIdempotencyKey(
  db: Queryable,
  place: KeyPlace,
  fingerprint: Buffer,
  staleAfter_s: number,
): Promise<ClaimOutcome> {
  for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
    const params = [place.account_id, place.route, place.key, fingerprint, newUuid(), staleAfter_s];
    const [row] = await db.query<ClaimRow>(sql.claim, params);
    if (row) return outcomeOf(place, row);
  }
  return { kind: 'in_progress' };
}

function outcomeOf(place: KeyPlace, row: ClaimRow): ClaimOutcome {
  const { claimed, is_same, seed, claimed_at, created_at, taken_over, status, headers, body } = row;
  if (claimed) return { kind: 'claimed', claim: { ...place, seed, claimed_at, created_at, taken_over } };
  if (!is_same) return { kind: 'other_request' };
  if (status === null) return { kind: 'in_progress' };
  return { kind: 'answered', answer: { status, headers: headers ?? '{}', body: body ?? '' } };
}

const placeOf = (claim: KeyClaim) => [claim.account_id, claim.route, claim.key, claim.claimed_at];

/** False when the claim was taken over: the other's answer counts. */
export async function keepAnswerIfClaimed(db: Queryable, claim: KeyClaim, answer: KeptAnswer): Promise<boolean> {
  const params = [...placeOf(claim), answer.status, answer.headers, answer.body];
  return (await db.query(sql.keepAnswerIfClaimed, params)).length > 0;
}

/** For a request that failed and may have created something: the same request continues it. */
export async function reopenKeyIfClaimed(db: Queryable, claim: KeyClaim): Promise<void> {
  await db.query(sql.reopenKeyIfClaimed, placeOf(claim));
}

/** For a request that created nothing: the key is as good as new. */
export async function forgetKeyIfClaimed(db: Queryable, claim: KeyClaim): Promise<void> {
  await db.query(sql.forgetKeyIfClaimed, placeOf(claim));
}

/** Returns how many were removed, at most `limit`. */
export async function forgetOldKeys(db: Queryable, olderThan_s: number, limit: number): Promise<number> {
  return (await db.query(sql.forgetOldKeys, [olderThan_s, limit])).length;
}
