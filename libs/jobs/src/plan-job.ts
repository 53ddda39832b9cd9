import type { JobType, TaskSpec } from '@computalot/contracts';
import { planBenchmark } from './benchmark/index.js';
import type { FanOutShape } from './fan-out-shape.js';
import { isBuiltin, planReduce, planReduceTree, reduceTaskTotal } from './map-reduce/index.js';
import { planFault, type PlanFault } from './plan-fault.js';
import { planSpec } from './plan-spec.js';
import { downloadsFault, withArtifacts } from './hand-off/index.js';
import type { Resolved } from './resolved.js';
import { sharedFault, withShared } from './shared/index.js';
import { planSweep } from './sweep/index.js';
import { taskSpecOf, type SubmittedSpec } from './task-spec-of.js';

/** The fields of a submission that decide which tasks a job has; null counts as absent. */
export interface SubmittedJob extends SubmittedSpec {
  readonly type?: JobType | null;
  readonly sweep?: unknown;
  readonly benchmark?: unknown;
  readonly reduce?: unknown;
  readonly min_success?: unknown;
}

export interface PlannedJob {
  readonly ok: true;
  readonly spec: TaskSpec;
  /** Tasks to begin with: a reduce by a runner adds its own when the map has ended. */
  readonly task_total: number;
  readonly item_total: number;
  /** null: no fan-out. */
  readonly shape: FanOutShape | null;
  /** An aggregate is made of the results while they come. */
  readonly aggregates: boolean;
  /** Reduce tasks follow the map. */
  readonly reduces: boolean;
  /** How many these are when all of the map completes. */
  readonly reduce_total: number;
}

/** Which type each section of a submission belongs to. */
const SECTIONS = { sweep: 'sweep', benchmark: 'benchmark', reduce: 'map_reduce', min_success: 'map_reduce' } as const;
const FAN_OUT_FIELDS = ['fan_out', 'batch_size', 'batch_per_task'] as const;

/**
 * What a submission whose field types have been checked asks for, or the first fault in it. Its `spec` can be given to `taskCommand` and, unless its
 * items lie in parts, to `taskPayload` with every index below `task_total`.
 *
 * @param sent the submission
 * @param artifactItems items of the artifact that a fan-out names; as long as nobody has counted them, it is planned as if it had one
 * @param resolved what the names in its payload stand for, once that is known
 */
export function planJob(
  sent: SubmittedJob,
  artifactItems = 1,
  resolved: Resolved | null = null,
): PlannedJob | PlanFault {
  const type = sent.type ?? 'structured_runner';
  const fault = strayFault(sent, type) ?? sharedFault(sent.payload ?? {}) ?? downloadsFault(sent.payload ?? {});
  if (fault) return fault;
  const submission = withArtifacts(withShared(sent, resolved?.shared), resolved?.artifacts);
  switch (type) {
    case 'structured_runner': {
      const spec = taskSpecOf(submission, artifactItems);
      const planned = planSpec(spec);
      return planned.ok ? { ...planned, spec, aggregates: false, ...noReduceTasks } : planned;
    }
    case 'sweep': {
      const planned = planSweep(submission.sweep);
      return planned.ok
        ? ofPoints(planned.task_total, { ...taskSpecOf(submission, artifactItems), sweep: planned.sweep })
        : planned;
    }
    case 'benchmark': {
      const planned = planBenchmark(submission.benchmark);
      if (!planned.ok) return planned;
      return ofPoints(planned.task_total, { ...taskSpecOf(submission, artifactItems), benchmark: planned.benchmark });
    }
    case 'map_reduce':
      return planMapReduce(submission, artifactItems);
  }
}

function strayFault(submission: SubmittedJob, type: JobType): PlanFault | null {
  for (const [section, owner] of Object.entries(SECTIONS)) {
    if (owner === type || (submission[section as keyof SubmittedJob] ?? null) === null) continue;
    return planFault('field_of_other_type', `${section} belongs to type ${owner}; this is a ${type}.`, `/${section}`);
  }
  if (type !== 'sweep' && type !== 'benchmark') return null;
  const field = FAN_OUT_FIELDS.find((name) => (submission[name] ?? null) !== null);
  if (!field) return null;
  return planFault('fan_out_with_type', `A ${type} makes its tasks itself; it takes no ${field}.`, `/${field}`);
}

const noReduceTasks = { reduces: false, reduce_total: 0 } as const;

function ofPoints(task_total: number, spec: TaskSpec): PlannedJob {
  return { ok: true, spec, task_total, item_total: task_total, shape: null, aggregates: true, ...noReduceTasks };
}

function planMapReduce(submission: SubmittedJob, artifactItems: number): PlannedJob | PlanFault {
  if (!submission.fan_out) {
    return planFault('map_without_fan_out', 'A map_reduce needs a fan_out: it is the map.', '/fan_out');
  }
  const planned = planReduce(submission);
  if (!planned.ok) return planned;
  const spec = { ...taskSpecOf(submission, artifactItems), reduce: planned.reduce, min_success: planned.min_success };
  const map = planSpec(spec);
  if (!map.ok) return map;
  const { reduce } = planned;
  if (isBuiltin(reduce)) return { ...map, spec, aggregates: true, ...noReduceTasks };
  const reduce_total = reduceTaskTotal(planReduceTree(map.task_total, reduce.fan_in));
  return { ...map, spec, aggregates: false, reduces: true, reduce_total };
}
