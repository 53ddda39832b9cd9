import fc from 'fast-check';
import { hostileValues } from './hostile-values.js';
import { jsonText, Members } from './json-text.js';
import { valuesOf, type JsonSchema, type ResolveRef } from './schema-values.js';

type Change = 'replace' | 'remove' | 'add' | 'double';

/**
 * Texts of bodies for a schema: what it allows, that with one thing changed, anything else that is JSON, and what is none. `examples` are bodies that
 * are known to mean something; fields of the schema are mixed into them.
 */
export function bodyTexts(schema: JsonSchema, resolve: ResolveRef, examples: readonly unknown[]): fc.Arbitrary<string> {
  const valid = validBodies(schema, resolve, examples);
  const changed = fc
    .tuple(valid, fc.nat(), fc.constantFrom<Change>('replace', 'remove', 'add', 'double'), hostileValues, fc.string())
    .map(([body, at, change, hostile, name]) => changedAt(body, at, change, hostile, name));
  const broken = fc.tuple(valid, fc.nat(200)).map(([body, cut]) => jsonText(body).slice(0, cut));
  return fc.oneof(
    { weight: 5, arbitrary: valid.map(jsonText) },
    { weight: 8, arbitrary: changed.map(jsonText) },
    { weight: 2, arbitrary: hostileValues.map(jsonText) },
    { weight: 1, arbitrary: broken },
  );
}

/** Bodies that the schema allows, half of them by an example with some fields changed. */
export function validBodies(
  schema: JsonSchema,
  resolve: ResolveRef,
  examples: readonly unknown[],
): fc.Arbitrary<unknown> {
  const values = valuesOf(schema, resolve);
  if (examples.length === 0) return values;
  const varied = fc
    .tuple(fc.constantFrom(...examples), values, fc.array(fc.nat(100), { maxLength: 3 }))
    .map(([example, value, picks]) => ({ ...(example as object), ...someOf(value, picks) }));
  return fc.oneof({ weight: 3, arbitrary: varied }, { weight: 1, arbitrary: values });
}

function someOf(value: unknown, picks: readonly number[]): object {
  const entries = Object.entries(value ?? {});
  return Object.fromEntries(picks.map((pick) => entries[pick % entries.length]).filter((entry) => entry !== undefined));
}

/** The value with one change at its `at`-th node. */
function changedAt(root: unknown, at: number, change: Change, hostile: unknown, name: string): unknown {
  let left = at % countNodes(root);
  const visit = (value: unknown): unknown => {
    const isHere = left-- === 0;
    if (isHere && change === 'replace') return hostile;
    if (Array.isArray(value)) return changedArray(value.map(visit), isHere, change, hostile);
    if (typeof value !== 'object' || value === null) return isHere ? hostile : value;
    return changedObject(
      Object.entries(value).map(([key, inner]) => [key, visit(inner)] as const),
      isHere,
      change,
      hostile,
      name,
    );
  };
  return visit(root);
}

function changedArray(items: unknown[], isHere: boolean, change: Change, hostile: unknown): unknown[] {
  if (!isHere) return items;
  if (change === 'remove') return items.slice(1);
  return change === 'add' ? [...items, hostile] : [...items, ...items];
}

function changedObject(
  members: readonly (readonly [string, unknown])[],
  isHere: boolean,
  change: Change,
  hostile: unknown,
  name: string,
): Members {
  if (!isHere) return new Members(members);
  if (change === 'remove') return new Members(members.slice(1));
  const [first] = members;
  const twin: readonly [string, unknown] = [change === 'double' && first ? first[0] : name, hostile];
  return new Members([...members, twin]);
}

function countNodes(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce<number>((sum, inner) => sum + countNodes(inner), 1);
}
