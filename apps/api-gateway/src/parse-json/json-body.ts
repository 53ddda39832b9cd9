import { isUtf8 } from 'node:buffer';
import type { FieldFault } from '@computalot/contracts';
import type { FastifyRequest } from 'fastify';
import { pointerTo, Refusal } from '../problems/refusal.js';
import { nestingDepth } from './json-text.js';

/** Deeper bodies would exhaust the stack of some parser on the way to the runner. */
export const MAX_DEPTH = 100;

/** A parsed body, with the text it came from. */
export interface JsonValue {
  readonly value: unknown;
  readonly text: string;
}

export interface JsonBody extends JsonValue {
  readonly value: Record<string, unknown>;
}

/** The bytes of a body as an object, or the refusal that says what is wrong with them. An empty body is undefined: some routes want none. */
export function parseJsonBody(bytes: Buffer): JsonBody | undefined {
  const body = parseJsonValue(bytes);
  if (body && (typeof body.value !== 'object' || body.value === null || Array.isArray(body.value))) {
    throw Refusal.invalid([{ pointer: '', detail: 'must be a JSON object' }]);
  }
  return body as JsonBody | undefined;
}

/** The same for any JSON. */
export function parseJsonValue(bytes: Buffer): JsonValue | undefined {
  if (bytes.length === 0) return undefined;
  if (!isUtf8(bytes)) throw new Refusal('malformed_json', 'The body is not valid UTF-8.');
  const text = bytes.toString('utf8').replace(/^\ufeff/, '');
  if (nestingDepth(text, MAX_DEPTH) > MAX_DEPTH) {
    throw Refusal.invalid([{ pointer: '', detail: `is nested deeper than ${MAX_DEPTH} levels` }]);
  }
  const value = parse(text);
  // Escapes are the only way to write what the walk looks for, except for the key itself.
  if (text.includes('\\u') || text.includes('__proto__')) refuseUnstorable(value);
  return { value, text };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new Refusal('malformed_json', `The body is not valid JSON: ${(error as Error).message.slice(0, 300)}.`);
  }
}

/** Text that Postgres and most runners cannot hold: NUL, halves of surrogate pairs; and the key that would change a prototype. */
function refuseUnstorable(root: unknown): void {
  const open: { value: unknown; path: string }[] = [{ value: root, path: '' }];
  for (let next = open.pop(); next; next = open.pop()) {
    const { value, path } = next;
    const fault = typeof value === 'string' ? faultOfText(value, path) : null;
    if (fault) throw Refusal.invalid([fault]);
    if (typeof value !== 'object' || value === null) continue;
    for (const [key, inner] of Object.entries(value) as [string, unknown][]) {
      const at = path + pointerTo(key);
      const wrong = faultOfKey(key, at);
      if (wrong) throw Refusal.invalid([wrong]);
      open.push({ value: inner, path: at });
    }
  }
}

function faultOfKey(key: string, pointer: string): FieldFault | null {
  if (key === '__proto__') return { pointer, detail: 'a field of this name is not accepted' };
  return faultOfText(key, pointer);
}

function faultOfText(text: string, pointer: string): FieldFault | null {
  if (text.includes('\u0000'))
    return {
      pointer: pointer.replaceAll('\u0000', '\\u0000'),
      detail: 'contains the NUL character, which cannot be stored',
    };
  if (!text.isWellFormed())
    return { pointer: pointer.toWellFormed(), detail: 'contains half of a surrogate pair, which is not Unicode text' };
  return null;
}

/** For a route that takes no fields: whoever sends some means something that would not happen. */
export function refuseFields(request: FastifyRequest): void {
  const { value = {} } = (request.body ?? {}) as Partial<JsonBody>;
  const faults = Object.keys(value).map((name) => ({ pointer: pointerTo(name), detail: 'unknown field' }));
  if (faults.length > 0) throw Refusal.invalid(faults);
}

/** The body of a route that needs one. */
export function requireJson(request: FastifyRequest): JsonBody {
  const body = request.body as Partial<JsonBody> | undefined;
  if (body === undefined || body === null)
    throw new Refusal('malformed_json', 'The body is empty; a JSON object is expected.');
  if (typeof body.text !== 'string' || typeof body.value !== 'object') {
    throw new Refusal('unsupported_media_type', 'This route takes application/json.', {
      headers: { connection: 'close' },
    });
  }
  return body as JsonBody;
}
