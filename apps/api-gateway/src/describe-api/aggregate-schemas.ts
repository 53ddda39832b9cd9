import { BUILTINS } from '@computalot/contracts';

/** OpenAPI schemas of `aggregate_result` by type of job; they mirror `SweepAggregate`, `BenchmarkAggregate` and `ReductionAggregate` of libs/jobs. */
type Schema = Record<string, unknown>;

const text: Schema = { type: 'string' };
const integer: Schema = { type: 'integer', minimum: 0 };
const number: Schema = { type: 'number' };
const numberOrNull: Schema = { type: ['number', 'null'] };
const anyObject: Schema = { type: 'object', additionalProperties: true };
const listOf = (items: Schema): Schema => ({ type: 'array', items });
const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
const orNull = (schema: Schema): Schema => ({ oneOf: [schema, { type: 'null' }] });

function object(properties: Record<string, Schema>, optional: readonly string[] = []): Schema {
  return { type: 'object', required: Object.keys(properties).filter((name) => !optional.includes(name)), properties };
}

const objective = object({ metric: text, goal: { type: 'string', enum: ['minimize', 'maximize'] } });
const counts = object({ total: integer, completed: integer, failed: integer });
const interval: Schema = orNull(object({ low: number, high: number }));
const firstOf = (what: string): string => `All are counted; the first 100 ${what} by index are listed.`;

const sweep: Schema = {
  description: 'Of a sweep. Points whose result has no finite metric count as failed; cancelled ones are in no number.',
  ...object({
    objective: orNull(objective),
    points: counts,
    best: { ...orNull(ref('SweepPoint')), description: 'null until a point has a metric, and without an objective.' },
    top: { ...listOf(ref('SweepPoint')), maxItems: 10, description: 'The best ten, best first.' },
    marginal_means: {
      type: 'object',
      description:
        'By parameter: mean of the metric over all points with the same value, or with a value in the same range.',
      additionalProperties: listOf({
        oneOf: [
          object({ value: {}, count: integer, mean: numberOrNull }),
          object({ from: {}, to: {}, count: integer, mean: numberOrNull }),
        ],
      }),
    },
    failed_points: {
      ...object({ count: integer, points: listOf(object({ index: integer, reason: text, parameters: anyObject })) }),
      description: firstOf('points'),
    },
  }),
};

const entry: Schema = object({
  rank: { type: 'integer', minimum: 1 },
  name: text,
  n: { ...integer, description: 'Runs with a value.' },
  failed: integer,
  mean: numberOrNull,
  std: { ...numberOrNull, description: 'Sample standard deviation.' },
  ci95: { ...interval, description: '95 % confidence interval of the mean.' },
  wins: { ...integer, description: 'Pairings (a case and a repeat) that it won; a tie is a win of each.' },
  difference_to_best: {
    description: 'Paired: over the cases and repeats where both have a value. null for the best itself.',
    ...orNull(
      object({
        n: integer,
        mean: numberOrNull,
        ci95: interval,
        p_value: numberOrNull,
        p_value_holm: { ...numberOrNull, description: 'Corrected for comparing all the others with the best.' },
        significant: { type: 'boolean', description: 'p_value < 0.05: the interval leaves out 0.' },
      }),
    ),
  },
});

const benchmark: Schema = {
  description:
    'Of a benchmark. Runs whose result has no finite metric count as failed; cancelled ones are in no number.',
  ...object({
    objective,
    runs: counts,
    compared: { ...integer, description: 'Pairings in which every strategy has ended.' },
    best: orNull(ref('LeaderboardEntry')),
    leaderboard: listOf(ref('LeaderboardEntry')),
    failed_runs: {
      ...object({
        count: integer,
        runs: listOf(object({ index: integer, strategy: text, case: integer, repeat: integer, reason: text })),
      }),
      description: firstOf('runs'),
    },
  }),
};

const reduction: Schema = {
  description:
    'Of a map_reduce with a builtin. What is a number also has its own name: `sum` has `sum`, `stats` has all six. Indices are of items where the job is batched.',
  ...object(
    {
      builtin: { type: 'string', enum: BUILTINS },
      field: { type: ['string', 'null'] },
      value: {
        description:
          'A number, the six numbers of stats, a list in the order of the indices, or an object. null: nothing to say.',
      },
      count: { ...integer, description: 'Results that count.' },
      rejected: {
        ...object({ count: integer, results: listOf(object({ index: integer, reason: text })) }),
        description: `Results without a usable value. ${firstOf('results')}`,
      },
      error: { type: 'string', description: 'Why there is no value although there are results.' },
      sum: numberOrNull,
      mean: numberOrNull,
      std: numberOrNull,
      min: numberOrNull,
      max: numberOrNull,
    },
    ['error', 'sum', 'mean', 'std', 'min', 'max'],
  ),
};

export const aggregateSchemas: Record<string, Schema> = {
  SweepPoint: object({ index: integer, metric: number, parameters: anyObject }),
  SweepAggregate: sweep,
  LeaderboardEntry: entry,
  BenchmarkAggregate: benchmark,
  ReductionAggregate: reduction,
};

/** The property `aggregate_result`. What a reduce runner wrote may be anything. */
export const aggregateResult: Schema = {
  description:
    'What the results amount to so far, also while the job runs; null until there is something: SweepAggregate, BenchmarkAggregate, ReductionAggregate, or what a reduce runner wrote.',
  anyOf: [
    ref('SweepAggregate'),
    ref('BenchmarkAggregate'),
    ref('ReductionAggregate'),
    { type: ['object', 'array', 'string', 'number', 'boolean', 'null'] },
  ],
};

/** The property `aggregate_aliases`. */
export const aggregateAliases: Schema = {
  type: 'object',
  additionalProperties: true,
  description:
    'Parts of aggregate_result by short names: best and top of a sweep, best and leaderboard of a benchmark, value of a builtin.',
};
