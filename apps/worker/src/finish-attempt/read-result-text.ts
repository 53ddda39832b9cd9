import { readResult, type ReadResult } from '@computalot/jobs';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The bytes of a result file as JSON; null when there was no file. */
export function readResultBytes(bytes: Buffer | null): ReadResult {
  if (bytes === null) return readResult(null);
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return { ok: false, detail: 'The result is not JSON: it is not UTF-8 text.' };
  }
  return readResult(text);
}
