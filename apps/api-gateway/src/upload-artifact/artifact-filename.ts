import { isUtf8 } from 'node:buffer';
import { Refusal } from '../problems/refusal.js';
import { unread } from '../take-file/file-kind.js';

export const FILENAME_HEADER = 'X-Artifact-Filename';
const MAX_BYTES = 255;

/** The name that `X-Artifact-Filename` gives, percent-encoded or as plain UTF-8. @throws Refusal for what is no name of a file */
export function artifactFilename(header: string | string[] | undefined): string {
  if (typeof header !== 'string' || header === '') throw refused('is missing; it names the file');
  const name = decoded(header);
  const fault = filenameFault(name);
  if (fault) throw refused(fault);
  return name;
}

function decoded(header: string): string {
  // Node reads the bytes of a header as Latin-1.
  const bytes = Buffer.from(header, 'latin1');
  if (!isUtf8(bytes)) throw refused('is not UTF-8; send the name percent-encoded');
  try {
    return decodeURIComponent(bytes.toString('utf8'));
  } catch {
    throw refused('is not percent-encoded UTF-8; a % of the name itself is written %25');
  }
}

/** What is wrong with it as a name of a file; null when nothing is. */
export function filenameFault(name: string): string | null {
  if (Buffer.byteLength(name) > MAX_BYTES) return `is longer than ${MAX_BYTES} bytes`;
  if (/[\u0000-\u001f\u007f]/.test(name)) return 'holds control characters';
  if (/[/\\]/.test(name) || name === '.' || name === '..') return 'is a path; send the name of the file alone';
  return name.trim() === '' ? 'is blank' : null;
}

const refused = (detail: string) =>
  new Refusal('malformed_request', `The header ${FILENAME_HEADER} ${detail}.`, unread);
