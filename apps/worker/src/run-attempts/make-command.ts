import type { Resources } from '@computalot/contracts';
import { artifactsIn, reduceTaskPayload, taskCommand, taskPayload } from '@computalot/jobs';
import { newUuid } from '@computalot/kernel';
import type { RunCommand } from '../drive-launchers/launcher-protocol.js';
import { MAP_RESULTS_FILE } from '../fetch-map-results/fetch-map-results.service.js';
import type { Attempt, PreparedJob } from './attempt.js';
import { environmentOf } from './held-attempts.js';
import { memoryBoundOf } from './memory-bound.js';

/** What the launcher is to run for an attempt. @throws Error when the spec has no such task */
export function commandOf(
  attempt: Attempt,
  { spec, inputs }: PreparedJob,
  { offers, killGrace_s }: { readonly offers: Resources; readonly killGrace_s: number },
): RunCommand {
  const { context } = attempt.job;
  const { reduce, command, timeout_s, requirements } = context;
  const inputs_mark = inputs ? newUuid() : undefined;
  const common = {
    ...(inputs_mark ? { inputs_mark } : {}),
    env: environmentOf(attempt),
    ...(requirements.storage_gb ? { file_bytes: Math.round(requirements.storage_gb * 1e9) } : {}),
    ...(context.runtime?.workdir === undefined ? {} : { cwd: context.runtime.workdir }),
    timeout_s,
    grace_s: killGrace_s,
    memory_bytes: memoryBoundOf(requirements, offers),
  };
  const textOf = (payload: object) =>
    JSON.stringify(inputs_mark ? { ...payload, ...artifactsIn(inputs_mark, spec.payload) } : payload);
  if (reduce) {
    const payload = textOf(reduceTaskPayload(spec.payload, reduce, attempt.index));
    return { ...common, argv: command, payload, input_variables: { COMPUTALOT_MAP_RESULTS: MAP_RESULTS_FILE } };
  }
  const payload = textOf(taskPayload(spec, attempt.index));
  return { ...common, argv: taskCommand(spec, attempt.index) ?? command, payload };
}
