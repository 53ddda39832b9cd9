import fc from 'fast-check';

export type JsonSchema = Readonly<Record<string, unknown>>;
export type ResolveRef = (ref: string) => JsonSchema;

/** Where a schema gives no upper bound: enough to see several of a thing, few enough to be quick. */
const SOME = 6;
const MANY = 40;

/** Values that a JSON Schema allows; of the draft what OpenAPI documents use. */
export function valuesOf(schema: JsonSchema, resolve: ResolveRef): fc.Arbitrary<unknown> {
  const of = (inner: unknown) => valuesOf(inner as JsonSchema, resolve);
  if (typeof schema.$ref === 'string') return of(resolve(schema.$ref));
  if ('const' in schema) return fc.constant(schema.const);
  if (Array.isArray(schema.enum)) return fc.constantFrom(...(schema.enum as unknown[]));
  const choices = (schema.oneOf ?? schema.anyOf) as JsonSchema[] | undefined;
  if (choices) return fc.oneof(...choices.map(of));
  if (Array.isArray(schema.type))
    return fc.oneof(...schema.type.map((type) => of({ ...schema, type: type as string })));
  switch (schema.type) {
    case 'object':
      return objects(schema, of);
    case 'array':
      return arrays(schema, of);
    case 'string':
      return strings(schema);
    case 'integer':
      return integers(schema);
    case 'number':
      return numbers(schema);
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    default:
      return fc.jsonValue({ maxDepth: 3 });
  }
}

type Of = (schema: unknown) => fc.Arbitrary<unknown>;

function objects(schema: JsonSchema, of: Of): fc.Arbitrary<unknown> {
  const properties = Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>);
  const required = (schema.required ?? []) as string[];
  const named = fc.record(Object.fromEntries(properties.map(([name, inner]) => [name, of(inner)])), {
    requiredKeys: required,
    noNullPrototype: true,
  });
  const more = schema.additionalProperties;
  if (properties.length > 0 && (more === undefined || more === false)) return named;
  const values = typeof more === 'object' && more !== null ? of(more) : fc.jsonValue({ maxDepth: 2 });
  const others = fc.dictionary(fc.string({ minLength: 1, maxLength: 12 }), values, {
    minKeys: Number(schema.minProperties ?? 0),
    maxKeys: SOME,
    noNullPrototype: true,
  });
  return fc.tuple(others, named).map(([some, own]) => ({ ...some, ...own }));
}

function arrays(schema: JsonSchema, of: Of): fc.Arbitrary<unknown> {
  const minLength = Number(schema.minItems ?? 0);
  const maxLength = Math.max(minLength, Math.min(Number(schema.maxItems ?? SOME), SOME));
  return fc.array(of(schema.items ?? {}), { minLength, maxLength });
}

const FORMATS: Readonly<Record<string, fc.Arbitrary<string>>> = {
  uri: fc.constantFrom('https://example.com/done', 'http://192.0.2.1:9/x?y=1#z', 'https://xn--bcher-kva.example/é'),
  'date-time': fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
};

function strings(schema: JsonSchema): fc.Arbitrary<unknown> {
  const format = FORMATS[String(schema.format)];
  if (format) return format;
  if (typeof schema.pattern === 'string') return matching(schema.pattern);
  const minLength = Number(schema.minLength ?? 0);
  const maxLength = Math.max(minLength, Math.min(Number(schema.maxLength ?? 24), 24));
  const examples = typeof schema.example === 'string' ? [fc.constant(schema.example)] : [];
  // A grapheme may be many characters, by whatever measure they are counted.
  const odd =
    Number(schema.maxLength ?? 100) >= 100 && minLength <= 1
      ? [fc.string({ unit: 'grapheme', minLength, maxLength: 6 })]
      : [];
  return fc.oneof(...examples, fc.string({ minLength, maxLength }), ...odd);
}

/** fast-check makes no strings for lookaheads: made without them, kept where they hold. */
function matching(pattern: string): fc.Arbitrary<string> {
  const whole = new RegExp(pattern);
  return fc.stringMatching(new RegExp(pattern.replace(/\(\?[!=][^)]*\)/g, ''))).filter((text) => whole.test(text));
}

/** Mostly small, so that what is accepted stays small; now and then at the very end of what is allowed. */
function integers({ minimum, maximum }: JsonSchema): fc.Arbitrary<unknown> {
  const min = Number(minimum ?? -MANY);
  const max = Number(maximum ?? min + MANY);
  const few = fc.integer({ min, max: Math.max(min, Math.min(max, min + MANY)) });
  return fc.oneof(
    { weight: 9, arbitrary: few },
    { weight: 1, arbitrary: fc.constant(maximum === undefined ? min : max) },
  );
}

function numbers({ minimum, maximum }: JsonSchema): fc.Arbitrary<unknown> {
  const min = Number(minimum ?? -1000);
  const max = Number(maximum ?? Math.max(min, 1000));
  return fc.oneof(fc.double({ min, max, noNaN: true }), fc.constantFrom(min, max));
}
