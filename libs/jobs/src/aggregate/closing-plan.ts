import type { JobType, ReduceSpec } from '@computalot/contracts';
import { planBenchmark } from '../benchmark/index.js';
import { isBuiltin, planReduce } from '../map-reduce/index.js';
import type { PlanFault } from '../plan-fault.js';
import { planSweep } from '../sweep/index.js';
import type { Aggregation } from './aggregator-of.js';

/** What a submission says of its results; no payload. */
export interface ResultSections {
  readonly type: JobType;
  readonly sweep: unknown;
  readonly benchmark: unknown;
  readonly reduce: unknown;
  readonly min_success: unknown;
  readonly item_total: number;
  readonly batch_size: number | null;
}

/** What the planner does with the results of a job, while they come and when all are there. */
export interface ClosingPlan {
  readonly aggregation: Aggregation | null;
  readonly reduce: ReduceSpec | null;
  readonly minSuccess: number;
}

/** @throws Error for what `planJob` does not accept either */
export function closingPlanOf(job: ResultSections): ClosingPlan {
  const plan = { aggregation: null, reduce: null, minSuccess: 0 };
  switch (job.type) {
    case 'structured_runner':
      return plan;
    case 'sweep':
      return { ...plan, aggregation: { kind: 'sweep', sweep: accepted(planSweep(job.sweep)).sweep } };
    case 'benchmark':
      return {
        ...plan,
        aggregation: { kind: 'benchmark', benchmark: accepted(planBenchmark(job.benchmark)).benchmark },
      };
    case 'map_reduce': {
      const { reduce, min_success: minSuccess } = accepted(planReduce(job));
      if (!isBuiltin(reduce)) return { aggregation: null, reduce, minSuccess };
      const { item_total, batch_size } = job;
      const batches = batch_size === null ? null : { item_total, batch_size };
      return { aggregation: { kind: 'reduction', reduce, batches }, reduce, minSuccess };
    }
  }
}

function accepted<T extends { readonly ok: true }>(planned: T | PlanFault): T {
  if (!planned.ok) throw new Error(`an accepted job cannot be planned: ${planned.detail}`);
  return planned;
}
