import { bodyTexts, hostileTexts, valuesOf, type JsonSchema } from '@computalot/testing';
import fc from 'fast-check';
import type { ApiDocument, Operation, Parameter, PlacedOperation } from '../../describe-api/api-document.js';
import type { Ask } from '../contract/contract.js';

export interface FuzzedRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array<ArrayBuffer> | null;
}

/** Requests of an operation, from right to absurd. `good` is one that succeeded: its path leads to things that exist. */
export function fuzzedRequests(document: ApiDocument, placed: PlacedOperation, good: Ask): fc.Arbitrary<FuzzedRequest> {
  const { path, method, operation } = placed;
  return fc
    .record({
      path: paths(path, operation, good),
      query: queries(document, operation, good),
      headers: headers(method !== 'get', good),
      body: method === 'get' ? fc.constant(null) : bodies(document, operation, good),
    })
    .map(({ path: filled, query, headers: extra, body }) => ({
      url: `${filled}${query}`,
      method: method.toUpperCase(),
      headers: extra,
      body,
    }));
}

/** Of what a URL's path cannot carry as one segment, something near. */
const segment = (text: string) => encodeURIComponent(text.toWellFormed()).replace(/^(\.|%2e){0,2}$/i, '%20');

function paths(path: string, operation: Operation, good: Ask): fc.Arbitrary<string> {
  const names = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path').map(({ name }) => name);
  const values = names.map((name) =>
    fc.oneof(
      { weight: 5, arbitrary: fc.constant(String(good.path?.[name] ?? 'x')) },
      { weight: 1, arbitrary: hostileTexts.map(segment) },
      { weight: 1, arbitrary: fc.constantFrom('%zz', '%00', '%ff', '%F0%9F%98', 'a%2Fb') },
    ),
  );
  return fc
    .tuple(...values)
    .map((given) => path.replace(/\{(\w+)\}/g, (_, name: string) => given[names.indexOf(name)] ?? 'x'));
}

function queries(document: ApiDocument, operation: Operation, good: Ask): fc.Arbitrary<string> {
  const known = (operation.parameters ?? []).filter((parameter) => parameter.in === 'query');
  const pairs = known.map((parameter) => fc.tuple(fc.constant(parameter.name), parameterTexts(document, parameter)));
  const unknown = fc.tuple(hostileTexts, hostileTexts);
  const others = fc.array(
    fc.oneof(...pairs.map((arbitrary) => ({ weight: 4, arbitrary })), { weight: 1, arbitrary: unknown }),
    { maxLength: 3 },
  );
  // What the operation cannot do without is there and right in half of the requests.
  const needed = known
    .filter(({ required }) => required)
    .map(({ name }) => [name, String(good.query?.[name])] as const);
  return fc
    .oneof(others, needed.length === 0 ? others : fc.constant(needed))
    .map((list) =>
      list.length === 0
        ? ''
        : `?${list.map((pair) => pair.map((text) => encodeURIComponent(text.toWellFormed())).join('=')).join('&')}`,
    );
}

function parameterTexts(document: ApiDocument, { schema }: Parameter): fc.Arbitrary<string> {
  const allowed = valuesOf(schema, resolverOf(document)).map((value) => String([value].flat().join(',')));
  return fc.oneof({ weight: 2, arbitrary: allowed }, { weight: 1, arbitrary: hostileTexts });
}

const JSON_TYPES = [
  'application/json',
  'application/json; charset=utf-8',
  'APPLICATION/JSON',
  'application/vnd.x+json',
];
const OTHER_TYPES = [
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/gzip',
  'x',
];

function headers(hasBody: boolean, good: Ask): fc.Arbitrary<Record<string, string>> {
  const types = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...JSON_TYPES) },
    { weight: 1, arbitrary: fc.constantFrom(...OTHER_TYPES) },
  );
  const optional = fc.record(
    {
      accept: fc.constantFrom('application/json', 'application/x-ndjson', 'text/plain', '*/*', 'image/png', ';;q='),
      range: fc.constantFrom(
        'bytes=0-0',
        'bytes=-1',
        'bytes=5-2',
        'bytes=9999999999999999-',
        'lines=1-2',
        'bytes=0-1,3-4',
        '=',
      ),
      'last-event-id': fc.constantFrom(
        '-',
        '0-0',
        '1769860800120-0',
        '1769860800120-0~3',
        '999999999999999-9',
        'x',
        '~1',
      ),
      'if-match': fc.constantFrom('*', '"x"', 'W/"1"'),
      'idempotency-key': fc.string({ maxLength: 300 }).map((text) => text.replace(/[^\x20-\x7e]/g, '_').trim()),
      'content-encoding': fc.constantFrom('identity', 'gzip', 'br'),
    },
    { requiredKeys: [] },
  );
  // Most requests say little of themselves.
  const some = fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: optional });
  const made = fc.tuple(types, some).map(([type, more]) => ({ ...more, ...(hasBody ? { 'content-type': type } : {}) }));
  return good.headers ? fc.oneof(fc.constant({ ...good.headers }), made) : made;
}

function bodies(document: ApiDocument, { requestBody }: Operation, good: Ask): fc.Arbitrary<FuzzedRequest['body']> {
  const bytes = fc.uint8Array({ maxLength: 200 });
  const media = requestBody?.content['application/json'];
  if (good.raw !== undefined) return fc.oneof(bytes, damaged(Buffer.from(good.raw)));
  if (!media) return fc.oneof(fc.constant(null), bytes, fc.constantFrom('{}', '[', 'null', '{"a":1}'));
  const examples = [
    ...Object.values(media.examples ?? {}).map(({ value }) => value),
    ...(media.example === undefined ? [] : [media.example]),
    ...(good.body === undefined ? [] : [good.body]),
  ].map((example) => ({ ...(example as object), ...namesOf(good) }));
  const texts = bodyTexts(media.schema, resolverOf(document), examples);
  return fc.oneof({ weight: 20, arbitrary: texts }, { weight: 1, arbitrary: bytes });
}

/** The bytes that were taken, as they are, cut, or with one of them changed. */
function damaged(bytes: Buffer): fc.Arbitrary<Uint8Array<ArrayBuffer>> {
  const whole = fc.constant(new Uint8Array(bytes));
  const cut = fc.nat(bytes.length).map((length) => new Uint8Array(bytes.subarray(0, length)));
  const changed = fc
    .tuple(fc.nat(bytes.length - 1), fc.nat(255))
    .map(([at, byte]) => new Uint8Array(bytes).fill(byte, at, at + 1));
  return fc.oneof(whole, cut, changed);
}

/** So that examples speak of a project that exists. */
function namesOf({ body }: Ask): object {
  const { project } = (body ?? {}) as { project?: unknown };
  return project === undefined ? {} : { project };
}

function resolverOf(document: ApiDocument): (ref: string) => JsonSchema {
  return (ref) => document.components.schemas[ref.split('/').at(-1) ?? ''] ?? {};
}
