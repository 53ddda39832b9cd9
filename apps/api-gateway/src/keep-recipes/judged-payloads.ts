import { benchmarkRunAt, sweepPointAt, taskPayload } from '@computalot/jobs';
import { pointerTo } from '../problems/refusal.js';
import type { Submission } from '../submit-job/read-submission.js';

type Fields = Readonly<Record<string, unknown>>;

/** A payload as a user composed it, and the parts of the submission that members of it come from, the first that has one; else its payload. */
export interface JudgedPayload {
  readonly payload: Fields;
  readonly parts: readonly (readonly [at: string, fields: Fields])[];
  /** Which of many it is, for people. */
  readonly which?: string;
}

/**
 * What the tasks of a job are given, without what the platform adds. Tasks whose payloads differ in nothing that a user said are there once; the lines of
 * an artifact are judged where they are read.
 */
export function* judgedPayloads({ body, plan }: Submission): Generator<JudgedPayload> {
  const { payload = {} } = body;
  const { spec, task_total } = plan;
  const { sweep, benchmark, fan_out } = spec;
  if (sweep) {
    for (let index = 0; index < task_total; index++) {
      const parameters = sweepPointAt(sweep, index);
      const which = `point ${index}: ${JSON.stringify(parameters).slice(0, 200)}`;
      yield { payload: { ...payload, ...parameters }, parts: [['/sweep/parameters', parameters]], which };
    }
  } else if (benchmark) {
    for (let index = 0; index < task_total; index++) {
      const run = benchmarkRunAt(benchmark, index);
      if (run.repeat > 0) continue;
      const { name = '', payload: own = {} } = benchmark.strategies[run.strategy] ?? {};
      const one = benchmark.cases[run.case] ?? {};
      yield {
        payload: { ...payload, ...own, ...one },
        parts: [
          [pointerTo('benchmark', 'cases', run.case), one],
          [pointerTo('benchmark', 'strategies', run.strategy, 'payload'), own],
        ],
        which: `strategy ${JSON.stringify(name)} on case ${run.case}`,
      };
    }
  } else if (fan_out && 'items' in fan_out) {
    for (const [n, item] of fan_out.items.entries())
      yield { payload: item, parts: [[pointerTo('fan_out', 'items', n), item]] };
  } else if (fan_out && 'chunks' in fan_out) {
    const { range_field } = fan_out;
    // Chunks have two sizes at most: the first one's and the last one's.
    for (const index of new Set([0, task_total - 1])) {
      const size = { [range_field]: taskPayload(spec, index)[range_field] };
      yield { payload: { ...payload, ...size }, parts: [['/fan_out', size]], which: `a chunk of ${size[range_field]}` };
    }
  } else if (!fan_out || 'by' in fan_out) yield { payload, parts: [] };
}
