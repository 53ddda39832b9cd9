import type { KvGuard } from '@computalot/database';
import type { FastifyRequest } from 'fastify';
import { Refusal } from '../problems/refusal.js';

const TAG = /^(W\/)?"[\x21\x23-\x7e]*"$/;
const VERSION = /^"(\d{1,15})"$/;

export const etagOf = (version: number): string => `"${version}"`;

/** What a request expects of the value that is there. @throws Refusal for headers that say nothing */
export function kvGuardOf({ headers }: FastifyRequest): KvGuard {
  const [match, noneMatch] = [headers['if-match'], headers['if-none-match']];
  if (match !== undefined && noneMatch !== undefined) throw malformed('If-Match and If-None-Match exclude each other.');
  if (noneMatch !== undefined) {
    if (noneMatch.trim() !== '*') throw malformed('If-None-Match takes * only: put the value if there is none.');
    return { kind: 'absent' };
  }
  if (match === undefined) return { kind: 'none' };
  return match.trim() === '*' ? { kind: 'present' } : { kind: 'at', versions: versionsIn(match) };
}

/** Tags that are no versions, weak ones among them, match nothing. */
function versionsIn(match: string): number[] {
  const tags = match.split(',').map((tag) => tag.trim());
  if (!tags.every((tag) => TAG.test(tag))) throw malformed('If-Match takes * or ETags in quotes, separated by commas.');
  return tags.flatMap((tag) => VERSION.exec(tag)?.slice(1).map(Number) ?? []);
}

const malformed = (detail: string) => new Refusal('malformed_request', detail);
