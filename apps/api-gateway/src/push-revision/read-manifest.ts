import type { ProjectManifest } from '@computalot/contracts';
import { parseJsonBody, type JsonBody } from '../parse-json/json-body.js';
import { Refusal } from '../problems/refusal.js';
import { MANIFEST } from './inspect-archive.js';
import { lineAndColumn, manifestFaults } from './manifest-faults.js';

/** The manifest of a pushed archive. @throws Refusal that names each fault with its place in the file */
export function readManifest(bytes: Buffer): ProjectManifest {
  const { value, text } = parse(bytes);
  const faults = manifestFaults(value, text);
  if (faults.length > 0) throw Refusal.invalid(faults, 'invalid_manifest');
  return value;
}

function parse(bytes: Buffer): JsonBody {
  try {
    const body = parseJsonBody(bytes);
    if (body) return body;
  } catch (error) {
    const detail = error instanceof Refusal ? error.detail.replace('The body', MANIFEST) : String(error);
    throw new Refusal('invalid_manifest', `${detail}${placeOfSyntaxError(bytes)}`, {
      ...(error instanceof Refusal && error.extra.errors ? { errors: error.extra.errors } : {}),
    });
  }
  throw new Refusal('invalid_manifest', `${MANIFEST} is empty: write at least {"version": 1}, or remove it.`);
}

/** The engine names the offset of most faults; a text that ends too early is wrong at its end. */
function placeOfSyntaxError(bytes: Buffer): string {
  const text = bytes.toString('utf8').replace(/^\ufeff/, '');
  try {
    JSON.parse(text);
    return '';
  } catch (error) {
    const position = /at position (\d+)/.exec((error as Error).message)?.[1];
    return ` The fault is at ${lineAndColumn(text, position === undefined ? text.length : Number(position))}.`;
  }
}
