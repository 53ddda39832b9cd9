/** What JSON Schemas of public bodies are made of. */
export type Schema = Record<string, unknown>;

export const text: Schema = { type: 'string' };
export const integer: Schema = { type: 'integer' };
export const number: Schema = { type: 'number' };
export const boolean: Schema = { type: 'boolean' };
export const time: Schema = { type: 'string', format: 'date-time' };
export const any: Schema = {};
export const texts: Schema = { type: 'array', items: text };
export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
export const orNull = (schema: Schema): Schema =>
  'type' in schema ? { ...schema, type: [schema.type, 'null'] } : { oneOf: [schema, { type: 'null' }] };
export const listOf = (items: Schema): Schema => ({ type: 'array', items });

/** Every property is required unless named in `optional`. */
export function object(properties: Record<string, Schema>, optional: readonly string[] = []): Schema {
  return { type: 'object', required: Object.keys(properties).filter((name) => !optional.includes(name)), properties };
}
