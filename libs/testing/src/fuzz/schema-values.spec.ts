import { expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { bodyTexts, validBodies } from './body-texts.js';
import { valuesOf, type JsonSchema } from './schema-values.js';

const name: JsonSchema = { type: 'string', pattern: '^(?!no)[a-z0-9][a-z0-9._-]{0,9}$' };
const schema: JsonSchema = {
  type: 'object',
  required: ['name', 'shape'],
  properties: {
    name: { $ref: '#/name' },
    shape: {
      oneOf: [
        { type: 'object', required: ['by'], properties: { by: name }, additionalProperties: false },
        {
          type: 'object',
          required: ['n'],
          properties: { n: { type: 'integer', minimum: 1 } },
          additionalProperties: false,
        },
      ],
    },
    share: { type: ['number', 'null'], minimum: 0, maximum: 1 },
    tags: { type: 'array', items: { type: 'string', maxLength: 5 }, minItems: 1, maxItems: 3 },
    env: { type: 'object', additionalProperties: { type: 'string' } },
    mode: { enum: ['a', 'b'] },
    any: {},
  },
  additionalProperties: false,
};
const resolve = (): JsonSchema => name;
const validate = new Ajv2020({ strict: false }).compile(
  JSON.parse(JSON.stringify(schema).replace('{"$ref":"#/name"}', JSON.stringify(name))) as object,
);

test('what is made from a schema is what it allows', () => {
  fc.assert(
    fc.property(valuesOf(schema, resolve), (value) => expect([validate(value), validate.errors]).toEqual([true, null])),
  );
  const example = { name: 'x', shape: { by: 'y' } };
  fc.assert(fc.property(validBodies(schema, resolve, [example]), (value) => expect(validate(value)).toBe(true)));
});

test('texts of bodies are good, bad, doubled and broken', () => {
  const kinds = new Set<string>();
  for (const text of fc.sample(bodyTexts(schema, resolve, []), { seed: 1, numRuns: 400 })) kinds.add(kindOf(text));
  expect([...kinds].sort()).toEqual(['good', 'not JSON', 'not allowed']);
});

function kindOf(text: string): string {
  try {
    return validate(JSON.parse(text)) ? 'good' : 'not allowed';
  } catch {
    return 'not JSON';
  }
}
