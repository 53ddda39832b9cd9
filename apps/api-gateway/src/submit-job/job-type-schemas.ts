import { ApiPropertyOptional, type ApiPropertyOptions } from '@nestjs/swagger';

type Schema = Readonly<Record<string, unknown>>;

/** A property whose schema is given whole: the decorator's own type knows less of JSON Schema than the document may say. */
export const ApiSchemaOptional = (schema: Schema) => ApiPropertyOptional(schema as ApiPropertyOptions);

/** OpenAPI schemas of the parts of a submission that depend on its type. They describe; `planSpec` checks. */
const text: Schema = { type: 'string' };
const whole = (minimum: number): Schema => ({ type: 'integer', minimum });
const seed: Schema = { type: 'integer', description: 'The same seed gives the same values.' };
const batchSize: Schema = { ...whole(1), maximum: 1_000_000 };
const anyObject: Schema = { type: 'object', additionalProperties: true };
const command: Schema = { type: 'array', items: text, minItems: 1 };
const objective: Schema = {
  type: 'object',
  required: ['metric', 'goal'],
  properties: {
    metric: { type: 'string', description: 'A field of each result, nested ones with dots.' },
    goal: { type: 'string', enum: ['minimize', 'maximize'] },
  },
};

function shape(required: string[], properties: Record<string, Schema>): Schema {
  const batch = { batch_size: batchSize, batch_per_task: batchSize };
  return { type: 'object', required, properties: { ...properties, ...batch }, additionalProperties: false };
}

export const fanOutSchema: Schema = {
  description: 'Exactly one shape. batch_size may stand inside.',
  oneOf: [
    shape(['by'], { by: text }),
    shape(['items'], { items: { type: 'array', items: anyObject, minItems: 1 } }),
    shape(['items_artifact'], {
      items_artifact: {
        ...text,
        description:
          'Id of an artifact of the account: JSON Lines, each line one object, as an item of items; at most 1,000,000 lines of at most 1 MiB, 256 MiB in all. ' +
          'The job keeps what it needs of it: when it has tasks, the artifact may be deleted.',
        example: 'art_01jzy6n6nqf8ev2s7rgd0ys3xq',
      },
    }),
    shape(['chunks', 'range_field', 'total'], { chunks: whole(1), range_field: text, total: whole(1) }),
  ],
};

const range: Schema = {
  type: 'object',
  required: ['min', 'max'],
  properties: {
    min: { type: 'number' },
    max: { type: 'number' },
    step: { type: 'number' },
    log: { type: 'boolean' },
    count: whole(1),
  },
  additionalProperties: false,
};

export const sweepSchema: Schema = {
  type: 'object',
  description: 'type sweep: one task per point; the point is merged into the payload and repeated in _sweep.',
  required: ['parameters'],
  properties: {
    parameters: {
      type: 'object',
      minProperties: 1,
      additionalProperties: { oneOf: [{ type: 'array', items: {}, minItems: 1 }, range] },
    },
    mode: { type: 'string', enum: ['grid', 'random', 'sobol'], default: 'grid' },
    samples: { ...whole(1), description: 'Points of a random or Sobol sweep.' },
    seed,
    objective,
  },
  additionalProperties: false,
};

export const benchmarkSchema: Schema = {
  type: 'object',
  description:
    'type benchmark: strategies × cases × repeats, with the same seed for every strategy in a case and repeat.',
  required: ['strategies', 'cases', 'objective'],
  properties: {
    strategies: {
      type: 'array',
      minItems: 1,
      maxItems: 200,
      items: {
        type: 'object',
        required: ['name'],
        properties: { name: text, payload: anyObject, runner_command: command },
        additionalProperties: false,
      },
    },
    cases: { type: 'array', minItems: 1, items: anyObject },
    repeats: { ...whole(1), default: 1 },
    seed,
    objective,
  },
  additionalProperties: false,
};

export const reduceSchema: Schema = {
  description:
    'type map_reduce: a builtin, or a runner. Reduce tasks of a runner follow the map tasks in the job, stage by stage, each stage when the one before it has ended. ' +
    'Such a task finds results, one `{"index", "result"}` a line, ordered, at $COMPUTALOT_MAP_RESULTS: those of map tasks, later those of the reduce tasks before it (a batched map task is ' +
    'one result). Its payload is that of the job with `_reduce: {stage, inputs, failed}`: stage from 1, lines of the file, map tasks without a result. ' +
    'The result of the last one is `aggregate_result`. One that fails for good fails the job with the code reduce_failed; more failures than max_failures keep it from being reduced.',
  oneOf: [
    {
      type: 'object',
      required: ['builtin'],
      properties: {
        builtin: { type: 'string', enum: ['sum', 'mean', 'min', 'max', 'count', 'concat', 'merge', 'stats'] },
        field: {
          type: 'string',
          description: 'Where the value is in each result; without it the result is the value.',
        },
        min_success: { type: 'number', minimum: 0, maximum: 1 },
      },
      additionalProperties: false,
    },
    {
      type: 'object',
      required: ['runner_command'],
      properties: {
        runner_command: command,
        requirements: { $ref: '#/components/schemas/RequirementsDto' },
        timeout_s: { type: 'number', exclusiveMinimum: 0, maximum: 14 * 24 * 3_600 },
        fan_in: { ...whole(2), description: 'Inputs per reduce task at most; more make a tree.' },
        min_success: { type: 'number', minimum: 0, maximum: 1 },
      },
      additionalProperties: false,
    },
  ],
};

export const dependsOnSchema: Schema = {
  type: 'array',
  maxItems: 10_000,
  description:
    'Jobs of this account that must end first: well (condition completed, the default), completed or partial (partial), or in any way (terminal). ' +
    'Until then the job is queued without tasks. When one can no longer end as asked, the job fails with the code dependency_failed and the chain of jobs ' +
    'that led to it, at once where it has ended so already.',
  items: {
    oneOf: [
      text,
      {
        type: 'object',
        required: ['job_id'],
        properties: {
          job_id: text,
          condition: { type: 'string', enum: ['completed', 'partial', 'terminal'], default: 'completed' },
        },
        additionalProperties: false,
      },
    ],
  },
};
