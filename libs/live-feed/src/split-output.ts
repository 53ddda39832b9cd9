import type { LiveEntry, LiveOutput } from '@computalot/contracts';

/** Largest output of one entry, in raw bytes: a multiple of three below 64 KiB, so that base64 can be cut without decoding it. */
export const MAX_OUTPUT_BYTES = 65_535;
const MAX_BASE64_CHARS = (MAX_OUTPUT_BYTES / 3) * 4;

/** The same entries in the same order, output beyond {@link MAX_OUTPUT_BYTES} cut into several. */
export function splitOutput(entries: readonly LiveEntry[]): LiveEntry[] {
  return entries.flatMap((entry) =>
    entry.kind === 'output' && entry.data.length > MAX_BASE64_CHARS ? cut(entry) : [entry],
  );
}

function cut(output: LiveOutput): LiveOutput[] {
  const parts: LiveOutput[] = [];
  for (let at = 0; at < output.data.length; at += MAX_BASE64_CHARS) {
    const data = output.data.slice(at, at + MAX_BASE64_CHARS);
    parts.push({ ...output, offset: output.offset + (at / 4) * 3, data });
  }
  return parts;
}
