import { v7 } from 'uuid';

/** Crockford base32, lower case, as the TypeID specification wants it. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
/** 128 bits in 26 characters of 5 bits: the first character carries 3 bits, so it is at most '7'. */
const SUFFIX = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const PREFIX = /^[a-z]([a-z_]{0,61}[a-z])?$/;
const INDEX = /^(0|[1-9][0-9]{0,9})$/;
/** Postgres `int`: the column of a task's index. */
const MAX_INDEX = 2_147_483_647;

/** The kinds of public ids and their prefixes. */
export const idPrefixes = { job: 'job', artifact: 'art', project: 'prj', worker: 'wrk', account: 'acc' } as const;

/** A new UUIDv7: sorts by time, and strictly after every earlier one of this process. */
export function newUuid(): string {
  return v7();
}

/** Distance between the ids that {@link derivedUuid} makes of one seed: larger than what lies between two seeds by chance. */
const STRIDE = 1n << 40n;
const RANDOM_A = 12n;
const RANDOM_B = 62n;
const TIME = 48n;

/**
 * The n-th of the ids that belong to one UUIDv7: the seed itself, then UUIDv7s that sort after it in order of n, with its time. The same for
 * the same arguments, so that work done again names the same objects.
 */
export function derivedUuid(seed: string, n: number): string {
  const bits = BigInt(`0x${seed.replaceAll('-', '')}`);
  const time = bits >> (RANDOM_A + RANDOM_B + 6n);
  const random = (((bits >> (RANDOM_B + 2n)) & mask(RANDOM_A)) << RANDOM_B) | (bits & mask(RANDOM_B));
  // What overflows goes to the time, as in every generator of such ids that keeps their order.
  const next = ((time << (RANDOM_A + RANDOM_B)) | random) + BigInt(n) * STRIDE;
  const high =
    (((next >> (RANDOM_A + RANDOM_B)) & mask(TIME)) << 16n) | 0x7000n | ((next >> RANDOM_B) & mask(RANDOM_A));
  return uuidText((high << 64n) | (2n << RANDOM_B) | (next & mask(RANDOM_B)));
}

const mask = (bits: bigint): bigint => (1n << bits) - 1n;

function uuidText(bits: bigint): string {
  const hex = bits.toString(16).padStart(32, '0');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** No UUIDv7 made at that time (epoch milliseconds) or later is below this one. */
export function firstUuidAt(milliseconds: number): string {
  const hex = Math.max(0, Math.trunc(milliseconds)).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}

/** Public TypeID of an internal UUID: `encodeId('job', uuid)` is `job_01h…`. Throws RangeError on what is no lower-case UUID. */
export function encodeId(prefix: string, uuid: string): string {
  if (!PREFIX.test(prefix)) throw new RangeError(`not a TypeID prefix: ${JSON.stringify(prefix)}`);
  if (!UUID.test(uuid)) throw new RangeError('not a lower-case UUID');
  let bits = BigInt(`0x${uuid.replaceAll('-', '')}`);
  let suffix = '';
  for (let position = 0; position < 26; position++) {
    suffix = ALPHABET.charAt(Number(bits & 31n)) + suffix;
    bits >>= 5n;
  }
  return `${prefix}_${suffix}`;
}

/** The UUID in a TypeID, or null for anything that `encodeId(prefix, …)` would not have written: ids come from users. */
export function decodeId(prefix: string, id: string): string | null {
  if (!id.startsWith(`${prefix}_`)) return null;
  const suffix = id.slice(prefix.length + 1);
  if (!SUFFIX.test(suffix)) return null;
  let bits = 0n;
  for (const letter of suffix) bits = (bits << 5n) | BigInt(ALPHABET.indexOf(letter));
  return uuidText(bits);
}

/** Public id of a task: `<job_id>.<index>`. */
export function taskId(jobPublicId: string, index: number): string {
  return `${jobPublicId}.${index}`;
}

export interface ParsedTaskId {
  readonly jobPublicId: string;
  readonly jobUuid: string;
  readonly index: number;
}

/** The parts of a public task id, or null when it is not one. */
export function parseTaskId(id: string): ParsedTaskId | null {
  const dot = id.indexOf('.');
  if (dot < 0) return null;
  const jobPublicId = id.slice(0, dot);
  const digits = id.slice(dot + 1);
  const jobUuid = decodeId(idPrefixes.job, jobPublicId);
  const index = Number(digits);
  if (jobUuid === null || !INDEX.test(digits) || index > MAX_INDEX) return null;
  return { jobPublicId, jobUuid, index };
}
