import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FieldFault, Resources } from '@computalot/contracts';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import formatsModule from 'ajv-formats';
import { pointerTo } from '../problems/refusal.js';
import { isPlainObject } from '../submit-job/map-of.validator.js';
import type { RecipeLimits } from './recipe.js';

export const RECIPE_FILE = 'recipe.json';

/** What stands in `recipe.json`. */
export interface RecipeFile {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  /** JSON Schema 2020-12 of the payload of one task. */
  readonly payload_schema: Record<string, unknown>;
  readonly examples: readonly Record<string, unknown>[];
  readonly command: readonly string[];
  readonly requirements: Resources;
  readonly limits: RecipeLimits;
}

export interface ReadRecipe {
  readonly file: RecipeFile;
  readonly faultsOfPayload: (payload: unknown, at: string) => FieldFault[];
}

/** Faults of one payload that are told; a wrong list of a million items has as many. */
const MAX_FAULTS = 20;

const positive = { type: 'number', exclusiveMinimum: 0 };

const recipeSchema = {
  type: 'object',
  required: ['name', 'version', 'description', 'payload_schema', 'command'],
  additionalProperties: false,
  properties: {
    name: { type: 'string', pattern: '^[a-z0-9][a-z0-9._-]{0,99}$' },
    version: { type: 'string', pattern: '^[0-9]+\\.[0-9]+\\.[0-9]+$' },
    description: { type: 'string', minLength: 1, maxLength: 2000 },
    payload_schema: { type: 'object' },
    examples: { type: 'array', items: { type: 'object' }, default: [] },
    command: { type: 'array', minItems: 1, items: { type: 'string', minLength: 1 } },
    requirements: {
      type: 'object',
      additionalProperties: false,
      default: {},
      properties: {
        cpu: positive,
        memory_gb: positive,
        storage_gb: positive,
        gpu: { type: 'integer', minimum: 0 },
        gpu_memory_gb: positive,
        labels: { type: 'object', additionalProperties: { type: 'string' } },
      },
    },
    limits: {
      type: 'object',
      additionalProperties: false,
      default: {},
      properties: { timeout_s: { ...positive, maximum: 2_592_000 }, tasks: { type: 'integer', minimum: 1 } },
    },
  },
};

const addFormats = formatsModule as unknown as (ajv: Ajv2020) => void;
const isRecipe = new Ajv2020({ allErrors: true, useDefaults: true }).compile<RecipeFile>(recipeSchema);

/** What is wrong with a recipe, for whoever wrote it. */
export class RecipeError extends Error {
  override readonly name = 'RecipeError';
}

/** The recipe in a folder. @throws RecipeError */
export async function readRecipe(folder: string): Promise<ReadRecipe> {
  const path = join(folder, RECIPE_FILE);
  const file = await parse(path);
  if (!isRecipe(file)) throw new RecipeError(`${path}: ${textOf(faultsIn(isRecipe, ''))}`);
  const validate = compile(file.payload_schema, path);
  const faultsOfPayload = (payload: unknown, at: string) =>
    validate(withoutHandOffs(payload)) ? [] : faultsIn(validate, at);
  file.examples.forEach((example, n) => {
    const faults = faultsOfPayload(example, `/examples/${n}`);
    if (faults.length > 0) throw new RecipeError(`${path}: an example does not fit its schema: ${textOf(faults)}`);
  });
  return { file, faultsOfPayload };
}

/** Files and values from elsewhere are the platform's to bring; a schema need not know of them. */
function withoutHandOffs(payload: unknown): unknown {
  if (!isPlainObject(payload)) return payload;
  const { _artifacts, _shared, ...own } = payload;
  return own;
}

async function parse(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new RecipeError(`${path}: ${(error as Error).message}`, { cause: error });
  }
}

function compile(schema: Record<string, unknown>, path: string): ValidateFunction {
  // One for each recipe, so that their `$id`s do not meet.
  const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true, discriminator: true, verbose: true });
  addFormats(ajv);
  try {
    return ajv.compile(schema);
  } catch (error) {
    throw new RecipeError(`${path}: payload_schema is no JSON Schema: ${(error as Error).message}`, { cause: error });
  }
}

function faultsIn({ errors }: ValidateFunction, at: string): FieldFault[] {
  return (errors ?? []).slice(0, MAX_FAULTS).map((error) => ({
    pointer: at + error.instancePath + memberOf(error),
    detail: detailOf(error),
  }));
}

/** The member that is missing, unknown, or tells shapes apart and does not, which the schema's own words leave to its parameters. */
function memberOf({ params }: ErrorObject): string {
  const { missingProperty, additionalProperty, unevaluatedProperty, tag } = params as Record<
    string,
    string | undefined
  >;
  const member = missingProperty ?? additionalProperty ?? unevaluatedProperty ?? tag;
  return member === undefined ? '' : pointerTo(member);
}

function detailOf(error: ErrorObject): string {
  const { message = 'does not fit the schema', params } = error;
  if (error.keyword === 'discriminator') return `must be one of ${listed(tagsOf(error))}`;
  const { allowedValues } = params as { allowedValues?: readonly unknown[] };
  return allowedValues ? `${message}: ${listed(allowedValues)}` : message;
}

/** The values that tell the shapes apart. */
function tagsOf({ parentSchema, params }: ErrorObject): unknown[] {
  const { oneOf } = parentSchema as {
    oneOf: readonly { properties: Record<string, { const?: unknown; enum?: unknown[] }> }[];
  };
  const { tag } = params as { tag: string };
  return oneOf.flatMap(({ properties }) => properties[tag]?.enum ?? [properties[tag]?.const]);
}

const listed = (values: readonly unknown[]): string => values.map((value) => JSON.stringify(value)).join(', ');

const textOf = (faults: readonly FieldFault[]) =>
  faults.map(({ pointer, detail }) => `${pointer || 'the file'} ${detail}`).join('; ');
