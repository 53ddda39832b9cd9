/** A runner's result file as JSON. `value` undefined and `json` null: there was none. */
export type ReadResult =
  | { readonly ok: true; readonly json: string | null; readonly value: unknown; readonly nonFinite: number }
  | { readonly ok: false; readonly detail: string };

/**
 * A JSON string, or one of the words that Python's json.dump writes for numbers that JSON does not have. A string that never ends counts
 * to the end of the text: the pattern cannot backtrack, its time is linear in whatever a program wrote.
 */
const STRING_OR_NON_FINITE = /"[^"\\]*(?:\\[^]?[^"\\]*)*(?:"|$)|-?\bInfinity\b|\bNaN\b/g;

/**
 * Reads what a program left as its result. Valid JSON is kept letter by letter. NaN and Infinity, which Python writes without asking,
 * become null and are counted (see `deriveQuality`) rather than costing the user the whole result. Anything else that is not JSON is a
 * fault, also an empty file.
 *
 * @param text the file's content as UTF-8; null when there is no file
 */
export function readResult(text: string | null): ReadResult {
  if (text === null) return { ok: true, json: null, value: undefined, nonFinite: 0 };
  const strict = parse(text);
  if (strict.ok) return { ok: true, json: text, value: strict.value, nonFinite: 0 };
  let nonFinite = 0;
  const json = text.replace(STRING_OR_NON_FINITE, (token) => {
    if (token.startsWith('"')) return token;
    nonFinite++;
    return 'null';
  });
  const lenient = nonFinite > 0 ? parse(json) : strict;
  if (lenient.ok) return { ok: true, json, value: lenient.value, nonFinite };
  return { ok: false, detail: `The result is not JSON: ${strict.detail}` };
}

function parse(text: string): { ok: true; value: unknown } | { ok: false; detail: string } {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch (error) {
    return { ok: false, detail: error instanceof Error ? error.message : String(error) };
  }
}
