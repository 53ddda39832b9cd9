/**
 * Where work runs is nobody's business outside /api/v1/admin: no worker, host, path, image or object-store key may be in a public body. These
 * find what looks like one. What users sent or their programs wrote comes back as it is and is not looked into.
 */
type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Users' own, whole subtrees: parts of the submission and names, what programs wrote, and the path that was asked for. */
const SUBMITTED = 'payload meta variant tags client_ref name project env runner_command requirements callback_url url';
const SHAPES = 'fan_out sweep benchmark reduce aggregate_result aggregate_aliases value filename';
const WRITTEN = 'result item_results output output_tail text latest_progress';
const THEIRS = new Set([SUBMITTED, SHAPES, WRITTEN, 'instance'].flatMap((names) => names.split(' ')));

/** Documented as what they are: presigned addresses, and an id that is a UUID by nature. */
const DOCUMENTED = new Set(['upload_url', 'request_id']);

const FORBIDDEN_FIELDS = new RegExp(
  `^(${[
    'current_node|node(_name|_id)?|worker(_id|_name)?|leased_by|incarnation|host(name|_name)?|ip(_address)?|pod(_name)?',
    'provider(_id)?|instance_id|image(_ref|_digest)?|digest|container(_id)?|runtime_path|work_?dir|data_dir|sandbox|slot',
    'object_key|storage_key|bucket',
  ].join('|')})$`,
);

const FORBIDDEN_TEXT: Readonly<Record<string, RegExp>> = {
  'the id of a worker': /\bwrk_[0-9a-z]{26}\b/,
  'an internal id': /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/,
  'the digest of an image': /\bsha256:[0-9a-f]{64}\b/,
  'a key of the object store': /\b(revisions|artifacts|jobs)\/[0-9a-f-]{36}\//,
  'a presigned address': /X-Amz-Signature/i,
  'an address in the network': /\b\d{1,3}(\.\d{1,3}){3}:\d{2,5}\b/,
};

/** What a public body tells of placement, each with where; nothing when all is well. `words` name this platform's workers, hosts and folders. */
export function placementFacts(body: unknown, words: readonly string[] = []): string[] {
  return walk(body as Json, '', words);
}

function walk(value: Json, at: string, words: readonly string[]): string[] {
  if (typeof value === 'string')
    return inText(value, words).map((what) => `${at || '/'} holds ${what}: ${shown(value)}`);
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((each, index) => walk(each, `${at}/${index}`, words));
  return Object.entries(value).flatMap(([key, inner]) => {
    const path = `${at}/${key}`;
    if (THEIRS.has(key) || DOCUMENTED.has(key)) return [];
    return [...(FORBIDDEN_FIELDS.test(key) ? [`${path} is a field of placement`] : []), ...walk(inner, path, words)];
  });
}

function inText(text: string, words: readonly string[]): string[] {
  const patterns = Object.entries(FORBIDDEN_TEXT).filter(([, pattern]) => pattern.test(text));
  const named = words.filter((word) => containsWord(text, word));
  return [...patterns.map(([what]) => what), ...named.map((word) => `the word ${JSON.stringify(word)}`)];
}

/** As a word of its own, or as the beginning of a path. */
function containsWord(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    const [before, after] = [text[at - 1] ?? '', text[at + word.length] ?? ''];
    if (!/[\w-]/.test(before) && !/[\w-]/.test(after)) return true;
  }
  return false;
}

const shown = (text: string) => JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);

/** The same for the text of an answer, by its type: JSON, a problem, JSON Lines or server-sent events. Other texts are users' bytes. */
export function placementFactsIn(contentType: string, text: string, words: readonly string[] = []): string[] {
  if (/^text\/event-stream/.test(contentType)) return documentsOf(text, /^data: (.*)$/gm, words);
  if (/ndjson/.test(contentType)) return documentsOf(text, /^(.+)$/gm, words);
  return /^application\/([\w.-]+\+)?json/.test(contentType) ? documentsOf(text, /^([^]+)$/g, words) : [];
}

function documentsOf(text: string, pattern: RegExp, words: readonly string[]): string[] {
  return [...text.matchAll(pattern)].flatMap(([, document = '']) => {
    try {
      return placementFacts(JSON.parse(document), words);
    } catch {
      // Cut off in the middle: whoever reads it complains of that.
      return [];
    }
  });
}
