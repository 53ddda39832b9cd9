import { isUtf8 } from 'node:buffer';

/** The last `limit` bytes as text, beginning at a whole character. */
export function tailText(bytes: Buffer, limit: number): string {
  let start = Math.max(0, bytes.length - limit);
  // 10xxxxxx continues a character whose beginning is cut off
  while (start > 0 && start < bytes.length && ((bytes[start] ?? 0) & 0xc0) === 0x80) start++;
  return bytes.subarray(start).toString('utf8');
}

/** Bytes as JSON can carry them: text, or base64 where they are not UTF-8. */
export function carried(bytes: Buffer): { text: string; encoding?: 'base64' } {
  return isUtf8(bytes) ? { text: bytes.toString('utf8') } : { text: bytes.toString('base64'), encoding: 'base64' };
}
