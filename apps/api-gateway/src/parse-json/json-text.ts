/**
 * What can be learned of JSON text without building its values. Users' own parts of a body (payload, meta, …) are kept as text, so that
 * numbers of any length and the order of keys come back as they were sent.
 */
const QUOTE = 34;
const COMMA = 44;
const BACKSLASH = 92;
const OPEN = new Set([0x5b, 0x7b]);
const CLOSE = new Set([0x5d, 0x7d]);

/** Deepest nesting of arrays and objects; stops counting at `limit` + 1. The text need not be valid. */
export function nestingDepth(text: string, limit: number): number {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at) - 1;
    else if (OPEN.has(code)) deepest = Math.max(deepest, ++depth);
    else if (CLOSE.has(code)) depth--;
    if (deepest > limit) return deepest;
  }
  return deepest;
}

/** Members of a valid JSON object: each value as the text that was sent. Of a repeated key the last one counts, as in JSON.parse. */
export function membersOf(text: string, onRepeated: (key: string) => void = () => undefined): Map<string, string> {
  const members = new Map<string, string>();
  let at = text.indexOf('{') + 1;
  for (;;) {
    const keyStart = text.indexOf('"', at);
    if (keyStart < 0) return members;
    const keyEnd = endOfString(text, keyStart);
    const valueStart = text.indexOf(':', keyEnd) + 1;
    const valueEnd = endOfValue(text, valueStart);
    const key = JSON.parse(text.slice(keyStart, keyEnd)) as string;
    if (members.has(key)) onRepeated(key);
    members.set(key, text.slice(valueStart, valueEnd).trim());
    if (text.charCodeAt(valueEnd) !== COMMA) return members;
    at = valueEnd + 1;
  }
}

/** Elements of a valid JSON array, each as the text that was sent. */
export function elementsOf(text: string): string[] {
  const elements: string[] = [];
  let at = text.indexOf('[') + 1;
  for (;;) {
    const end = endOfValue(text, at);
    const element = text.slice(at, end).trim();
    if (element === '' && elements.length === 0) return elements;
    elements.push(element);
    if (text.charCodeAt(end) !== COMMA) return elements;
    at = end + 1;
  }
}

/** Offset of the value that a path of keys and indices leads to in valid JSON; of its key where it has one. As far as the path exists. */
export function offsetOf(text: string, path: readonly string[]): number {
  let [value, found] = [startOfToken(text, 0), startOfToken(text, 0)];
  for (const step of path) {
    const isObject = text[value] === '{';
    if (!isObject && text[value] !== '[') return found;
    let [at, next, count] = [value + 1, -1, 0];
    do {
      const start = startOfToken(text, at);
      if (CLOSE.has(text.charCodeAt(start))) return found;
      const keyEnd = isObject ? endOfString(text, start) : start;
      const inner = startOfToken(text, isObject ? text.indexOf(':', keyEnd) + 1 : start);
      const isIt = isObject ? keyOf(text.slice(start, keyEnd)) === step : String(count) === step;
      // Of a repeated key the last one counts.
      if (isIt) [next, found] = [inner, start];
      at = endOfValue(text, inner) + 1;
      count++;
    } while (text.charCodeAt(at - 1) === COMMA);
    if (next < 0) return found;
    value = next;
  }
  return found;
}

function keyOf(quoted: string): string | null {
  return quoted.startsWith('"') ? (JSON.parse(quoted) as string) : null;
}

function startOfToken(text: string, from: number): number {
  let at = from;
  while (/\s/.test(text[at] ?? '')) at++;
  return at;
}

/** Position after the closing quote of the string that starts at `start`; the end of the text when it is not closed. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; ; at++) {
    at = text.indexOf('"', at);
    if (at < 0) return text.length;
    let slashes = 0;
    while (text.charCodeAt(at - 1 - slashes) === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return at + 1;
  }
}

/** Position of the comma or closing brace that ends the value at `start`. */
function endOfValue(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at) - 1;
    else if (OPEN.has(code)) depth++;
    else if (CLOSE.has(code) && depth-- === 0) return at;
    else if (code === COMMA && depth === 0) return at;
  }
  return text.length;
}

/** A JSON object from the texts of its values; undefined ones are left out. */
export function objectText(members: Iterable<readonly [string, string | undefined]>): string {
  const parts: string[] = [];
  for (const [key, value] of members) if (value !== undefined) parts.push(`${JSON.stringify(key)}:${value}`);
  return `{${parts.join(',')}}`;
}

/** The same JSON without line breaks, for formats that give it one line: between tokens they mean nothing, and inside strings they are escaped. */
export function onOneLine(json: string): string {
  return json.includes('\n') || json.includes('\r') ? json.replace(/[\r\n]+/g, ' ') : json;
}
