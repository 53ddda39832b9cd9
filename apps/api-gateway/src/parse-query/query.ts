import type { FieldFault } from '@computalot/contracts';
import { decodeId } from '@computalot/kernel';
import { Refusal } from '../problems/refusal.js';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 500;

/** Query parameters of one request, read one by one; every fault is collected and thrown at the end, also parameters that nobody read. */
export class Query {
  private readonly faults: FieldFault[] = [];
  private readonly read = new Set<string>();

  constructor(private readonly params: Readonly<Record<string, unknown>>) {}

  /** Every value of a parameter that may be repeated. */
  all(name: string): string[] {
    this.read.add(name);
    const value = this.params[name];
    const values = value === undefined ? [] : [value].flat();
    return values.map((text) => this.checked(name, String(text))).filter((text) => text !== null);
  }

  one(name: string): string | undefined {
    const values = this.all(name);
    if (values.length > 1) this.fault(name, 'is given more than once');
    return values[0];
  }

  oneOf<T extends string>(name: string, allowed: readonly T[]): T | undefined {
    return this.each(name, this.one(name), allowed);
  }

  allOf<T extends string>(name: string, allowed: readonly T[]): T[] | undefined {
    const values = this.all(name).flatMap((text) => text.split(','));
    const known = values.map((value) => this.each(name, value, allowed)).filter((value) => value !== undefined);
    return known.length > 0 ? known : undefined;
  }

  integer(name: string, min: number, max: number): number | undefined {
    const text = this.one(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (/^-?\d{1,15}$/.test(text) && value >= min && value <= max) return value;
    this.fault(name, `must be a whole number from ${min} to ${max}`);
    return undefined;
  }

  limit(): number {
    return this.integer('limit', 1, MAX_LIMIT) ?? DEFAULT_LIMIT;
  }

  /** RFC 3339, as ISO text. */
  time(name: string): string | undefined {
    const text = this.one(name);
    if (text === undefined) return undefined;
    const at = /^\d{4}-\d\d-\d\d([Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:\d\d))?$/.test(text)
      ? new Date(text)
      : null;
    // Years before 1 and after 9999, where a time zone can lead, are none that Postgres reads.
    const iso = at && !Number.isNaN(at.getTime()) ? at.toISOString() : '';
    if (/^\d{4}-/.test(iso) && !iso.startsWith('0000')) return iso;
    this.fault(name, 'must be a time in RFC 3339, e.g. 2026-01-31T12:00:00Z (a "+" must be sent as %2B)');
    return undefined;
  }

  /** The UUID in a public id. */
  id(name: string, prefix: string): string | undefined {
    const text = this.one(name);
    if (text === undefined) return undefined;
    const uuid = decodeId(prefix, text);
    if (uuid === null) this.fault(name, `must be an id that begins with ${prefix}_`);
    return uuid ?? undefined;
  }

  /** The UUIDs in a list of public ids, separated by commas, each once. */
  ids(name: string, prefix: string, max: number): string[] {
    this.read.add(name);
    const texts = [this.params[name] ?? []].flat().flatMap((value) => String(value).split(','));
    if (texts.length < 1 || texts.length > max) {
      this.fault(name, `must be 1 to ${max} ids, separated by commas`);
      return [];
    }
    const uuids = texts.map((text) => decodeId(prefix, text.trim()));
    const wrong = texts[uuids.indexOf(null)];
    if (wrong !== undefined)
      this.fault(name, `must be ids that begin with ${prefix}_; ${JSON.stringify(wrong.slice(0, 50))} is none`);
    return [...new Set(uuids.filter((uuid) => uuid !== null))];
  }

  /** What {@link encodeCursor} was given, when it has the wanted form. */
  cursor<T>(accepts: (value: unknown) => value is T): T | null {
    const text = this.one('cursor');
    if (text === undefined || text === '') return null;
    const value = decodeCursor(text);
    if (accepts(value)) return value;
    this.fault('cursor', 'must be a next_cursor that this list gave, unchanged');
    return null;
  }

  fault(name: string, detail: string): void {
    this.faults.push({ pointer: `?${name}`, detail });
  }

  /** Call when everything has been read. @throws Refusal with all faults */
  done(): void {
    for (const name of Object.keys(this.params)) if (!this.read.has(name)) this.fault(name, 'unknown parameter');
    if (this.faults.length > 0) throw Refusal.invalid(this.faults);
  }

  private each<T extends string>(name: string, value: string | undefined, allowed: readonly T[]): T | undefined {
    if (value === undefined) return undefined;
    if ((allowed as readonly string[]).includes(value)) return value as T;
    this.fault(name, `must be one of ${allowed.join(', ')}`);
    return undefined;
  }

  private checked(name: string, text: string): string | null {
    if (text.length <= 2_000 && text.isWellFormed() && !text.includes('\u0000')) return text;
    this.fault(name, 'is not text of at most 2000 characters');
    return null;
  }
}

/** Opaque to clients. */
export function encodeCursor(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function decodeCursor(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export const isUuidCursor = (value: unknown): value is string => typeof value === 'string' && UUID.test(value);
export const isIndexCursor = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 2_147_483_647;

/** A page of one more row than asked for tells whether there is a next one. */
export function pageOf<T>(
  rows: readonly T[],
  limit: number,
  cursorOf: (last: T) => unknown,
): { page: readonly T[]; next_cursor: string | null } {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { page, next_cursor: rows.length > limit && last !== undefined ? encodeCursor(cursorOf(last)) : null };
}

/** The UUID of a path parameter; an id that cannot exist is simply not found. */
export function pathId(prefix: string, id: string, what: string): string {
  const uuid = decodeId(prefix, id);
  if (uuid === null) throw Refusal.notFound(`${what} ${id.slice(0, 100).toWellFormed()}`);
  return uuid;
}

const NAME = /^[a-z0-9][a-z0-9._-]{0,99}$/;

/** A project's name in a path; one that cannot exist is simply not found. */
export function pathName(name: string): string {
  if (!NAME.test(name)) throw Refusal.notFound(`Project ${JSON.stringify(name.slice(0, 100))}`);
  return name;
}
