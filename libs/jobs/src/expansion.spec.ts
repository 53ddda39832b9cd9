import { describe, expect, test } from '@jest/globals';
import type { TaskSpec } from '@computalot/contracts';
import fc from 'fast-check';
import { planJob, type PlannedJob, type SubmittedJob } from './plan-job.js';
import { taskCommand } from './task-command.js';
import { taskPayload } from './task-payload.js';

/** Expansion of every type of job, whatever it is: what holds for each of them, in one place. */
const objective = fc.record({ metric: fc.constant('loss'), goal: fc.constantFrom('minimize', 'maximize') });
const value = fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.constant(null), fc.constant({ deep: [1] }));
const name = fc.string({ minLength: 1, maxLength: 8 }).filter((text) => !text.startsWith('_'));
const seed = fc.maxSafeInteger();
const batch = { batch_size: fc.integer({ min: 1, max: 9 }) };
const some = <T>(of: fc.Arbitrary<T>) => fc.array(of, { minLength: 1, maxLength: 12 });

const fanOuts: fc.Arbitrary<SubmittedJob> = fc.oneof(
  fc.record(
    { payload: fc.record({ xs: some(value) }), fan_out: fc.constant({ by: 'xs' }), ...batch },
    { requiredKeys: ['payload', 'fan_out'] },
  ),
  fc.record(
    { fan_out: fc.record({ items: some(fc.dictionary(name, value, { maxKeys: 3 })) }), ...batch },
    { requiredKeys: ['fan_out'] },
  ),
  fc.record(
    {
      fan_out: fc
        .tuple(fc.integer({ min: 1, max: 40 }), fc.nat(1000))
        .map(([chunks, more]) => ({ chunks, range_field: 'n', total: chunks + more })),
      ...batch,
    },
    { requiredKeys: ['fan_out'] },
  ),
);

const ranges = fc
  .tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: 1, max: 50 }), fc.integer({ min: 2, max: 6 }))
  .chain(([min, width, count]) =>
    fc.constantFrom<object>(
      { min, max: min + width, count },
      { min, max: min + width, step: Math.ceil(width / count) },
    ),
  );
const continuous = fc.constantFrom<object>({ min: 0, max: 1 }, { min: 1e-5, max: 1, log: true });
const sweeps: fc.Arbitrary<SubmittedJob> = fc
  .oneof(
    fc.record({
      mode: fc.constant('grid'),
      parameters: fc.dictionary(name, fc.oneof(some(value), ranges), { minKeys: 1, maxKeys: 3 }),
    }),
    fc.record({
      mode: fc.constantFrom('random', 'sobol'),
      parameters: fc.dictionary(name, fc.oneof(some(value), ranges, continuous), { minKeys: 1, maxKeys: 3 }),
      samples: fc.integer({ min: 1, max: 40 }),
      seed,
    }),
  )
  .map((sweep) => ({ type: 'sweep', sweep }));

const benchmarks: fc.Arbitrary<SubmittedJob> = fc
  .record({
    strategies: fc
      .uniqueArray(name, { minLength: 1, maxLength: 4 })
      .map((names) => names.map((each) => ({ name: each }))),
    cases: fc.array(fc.dictionary(name, value, { maxKeys: 2 }), { minLength: 1, maxLength: 5 }),
    repeats: fc.integer({ min: 1, max: 4 }),
    seed,
    objective,
  })
  .map((benchmark) => ({ type: 'benchmark', benchmark }));

const maps: fc.Arbitrary<SubmittedJob> = fanOuts.map((fanOut) => ({
  ...fanOut,
  type: 'map_reduce',
  reduce: { builtin: 'count' },
}));
const submissions = fc.oneof(fc.constant<SubmittedJob>({ payload: { a: 1 } }), fanOuts, sweeps, benchmarks, maps);

function planned(submission: SubmittedJob): PlannedJob {
  const plan = planJob(submission);
  if (!plan.ok) throw new Error(`${plan.pointer}: ${plan.detail}`);
  return plan;
}

const payloadTexts = (spec: TaskSpec, total: number): string[] =>
  Array.from({ length: total }, (_, index) => JSON.stringify(taskPayload(spec, index)));

describe('whatever is accepted', () => {
  test('has a task for every index below its total, and none beside', () => {
    fc.assert(
      fc.property(submissions, (submission) => {
        const { spec, task_total } = planned(submission);
        expect(task_total).toBeGreaterThan(0);
        for (let index = 0; index < task_total; index += 1) {
          const { _fan_out, _sweep, _benchmark } = taskPayload(spec, index) as Record<
            string,
            { index: number; total: number }
          >;
          for (const mark of [_fan_out, _sweep, _benchmark])
            if (mark) expect([mark.index, mark.total]).toEqual([index, task_total]);
          expect(() => taskCommand(spec, index)).not.toThrow();
        }
        if (submission.type || submission.fan_out)
          for (const index of [-1, task_total, 0.5, NaN]) expect(() => taskPayload(spec, index)).toThrow(RangeError);
      }),
    );
  });

  test('gives each task the same payload for ever: asked again, in another order, after being stored', () => {
    fc.assert(
      fc.property(submissions, (submission) => {
        const { spec, task_total } = planned(submission);
        const texts = payloadTexts(spec, task_total);
        const stored = JSON.parse(JSON.stringify(submission)) as SubmittedJob;
        const again = planned(stored);
        expect(again.task_total).toBe(task_total);
        expect(payloadTexts(again.spec, task_total)).toEqual(texts);
        const backwards = texts.map((_, n) => JSON.stringify(taskPayload(spec, task_total - 1 - n)));
        expect(backwards.reverse()).toEqual(texts);
      }),
    );
  });
});

describe('nothing is lost or doubled', () => {
  test('in a grid: every combination of the values, once', () => {
    const axes = fc.dictionary(name, fc.uniqueArray(fc.integer(), { minLength: 1, maxLength: 4 }), {
      minKeys: 1,
      maxKeys: 3,
    });
    fc.assert(
      fc.property(axes, (parameters) => {
        const { spec, task_total } = planned({ type: 'sweep', sweep: { parameters } });
        const points = Array.from({ length: task_total }, (_, index) => {
          const { _sweep } = taskPayload(spec, index) as { _sweep: { parameters: Record<string, number> } };
          return _sweep.parameters;
        });
        expect(task_total).toBe(Object.values(parameters).reduce((product, values) => product * values.length, 1));
        expect(
          new Set(points.map((point) => JSON.stringify(Object.keys(parameters).map((key) => point[key])))).size,
        ).toBe(task_total);
        for (const point of points)
          for (const [key, chosen] of Object.entries(point)) expect(parameters[key]).toContain(chosen);
      }),
    );
  });

  test('in a benchmark: every strategy on every case, every time, with one seed for all strategies', () => {
    fc.assert(
      fc.property(benchmarks, (submission) => {
        const { spec, task_total } = planned(submission);
        const { strategies, cases, repeats } = submission.benchmark as {
          strategies: unknown[];
          cases: unknown[];
          repeats: number;
        };
        const seeds = new Map<string, Set<number>>();
        const runs = new Set<string>();
        for (let index = 0; index < task_total; index += 1) {
          const { _benchmark: run } = taskPayload(spec, index) as {
            _benchmark: { strategy: string; case: number; repeat: number; seed: number };
          };
          runs.add(JSON.stringify([run.strategy, run.case, run.repeat]));
          const key = `${run.case} ${run.repeat}`;
          seeds.set(key, (seeds.get(key) ?? new Set()).add(run.seed));
        }
        expect(task_total).toBe(strategies.length * cases.length * repeats);
        expect(runs.size).toBe(task_total);
        expect([...seeds.values()].every((each) => each.size === 1)).toBe(true);
      }),
    );
  });
});

test('whatever is sent, planning answers: a plan, or a fault with a sentence and a pointer', () => {
  const anything = fc.jsonValue({ maxDepth: 3 });
  const object = fc.dictionary(fc.string(), anything);
  const sections = fc.record(
    {
      type: fc.constantFrom('structured_runner', 'sweep', 'benchmark', 'map_reduce', null),
      payload: object,
      fan_out: fc.oneof(fc.record({ by: fc.string() }), fc.record({ items: fc.array(anything) })),
      sweep: fc.oneof(
        anything,
        fc.record({ parameters: anything, mode: anything, samples: anything, seed: anything }, { requiredKeys: [] }),
      ),
      benchmark: fc.oneof(
        anything,
        fc.record(
          { strategies: anything, cases: anything, repeats: anything, objective: anything },
          { requiredKeys: [] },
        ),
      ),
      reduce: fc.oneof(
        anything,
        fc.record(
          { builtin: anything, field: anything, runner_command: anything, fan_in: anything },
          { requiredKeys: [] },
        ),
      ),
      min_success: anything,
      batch_size: fc.integer({ min: 1 }),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(sections, (submission) => {
      const plan = planJob(submission as SubmittedJob);
      if (plan.ok) return void taskPayload(plan.spec, plan.task_total - 1);
      expect(plan.detail).toMatch(/\.$/);
      expect(plan.pointer).toMatch(/^(\/|$)/);
    }),
    { numRuns: 500 },
  );
});
