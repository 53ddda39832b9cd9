import { operationsOf, type ApiDocument, type Schema } from '../api-document.js';

const REF = /^#\/components\/schemas\/(\w+)$/;

/** The document in which bodies of requests have no fields but those they name: the server refuses others. */
export function closeRequests(document: ApiDocument): ApiDocument {
  const names = namesInRequests(document);
  const schemas = Object.entries(document.components.schemas).map(([name, schema]) => [
    name,
    names.has(name) ? closed(schema) : schema,
  ]);
  return {
    ...document,
    components: { ...document.components, schemas: Object.fromEntries(schemas) as Record<string, Schema> },
  };
}

function namesInRequests(document: ApiDocument): ReadonlySet<string> {
  const names = new Set<string>();
  const open: unknown[] = operationsOf(document).map(({ operation }) => operation.requestBody);
  for (let next = open.pop(); open.length > 0 || next !== undefined; next = open.pop()) {
    if (typeof next !== 'object' || next === null) continue;
    const name = REF.exec(String((next as { $ref?: unknown }).$ref))?.[1];
    if (name !== undefined && !names.has(name)) {
      names.add(name);
      open.push(document.components.schemas[name]);
    }
    open.push(...Object.values(next));
  }
  return names;
}

/** Every object in the schema that names its fields and does not say whether there may be others. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  const namesFields =
    'properties' in inner && typeof inner.properties === 'object' && !('additionalProperties' in inner);
  return namesFields ? { ...inner, additionalProperties: false } : inner;
}
