import type { FieldFault, JobSubmission, Resources } from '@computalot/contracts';
import { planJob, type PlannedJob, type SubmittedJob } from '@computalot/jobs';
import { sealedFaults } from '../keep-recipes/check-recipe.js';
import type { JsonBody } from '../parse-json/json-body.js';
import { membersOf } from '../parse-json/json-text.js';
import { pointerTo, Refusal } from '../problems/refusal.js';
import { batchConflicts, fanOutFaults } from './fan-out-faults.js';
import { faultsOf } from './faults.js';
import { readDependencies, type Dependency } from './read-dependencies.js';
import { isPlainObject } from './map-of.validator.js';
import { RequirementsDto, RetryDto, SubmitJobDto } from './submit-job.dto.js';

/** Bytes of JSON that every list and stream repeats. */
const MAX_CARRIED = 64 * 1024;
const MAX_ENV = 128 * 1024;
/** Linux takes no longer single argument, its final NUL aside, and about 2 MiB of arguments and variables together. */
const MAX_ARGUMENT = 128 * 1024 - 1;
const MAX_COMMAND = 1024 * 1024;

export type Profiles = Readonly<Record<string, Resources>>;

/** A submission that can be accepted as far as it can be told without looking at the account. */
export interface Submission {
  readonly body: JobSubmission;
  readonly text: string;
  /** The texts of its members as sent. */
  readonly members: ReadonlyMap<string, string>;
  readonly plan: PlannedJob;
  readonly dependencies: readonly Dependency[];
}

/** @throws Refusal with every fault of form; then, the form being right, the first fault of meaning. */
export function readSubmission({ value, text }: JsonBody, profiles: Profiles): Submission {
  const repeated: FieldFault[] = [];
  const members = membersOf(text, (key) =>
    repeated.push({ pointer: pointerTo(key), detail: 'is given more than once' }),
  );
  const depends = readDependencies(value.depends_on);
  const faults = [...repeated, ...formFaults(value, members, profiles), ...depends.faults];
  if (faults.length > 0) throw Refusal.invalid(faults);
  const body = value as unknown as JobSubmission;
  return { body, text, members, plan: planned(body), dependencies: depends.dependencies };
}

/** @param artifactItems items of the artifact that it names, when they have been counted @throws Refusal for what cannot be planned */
export function planned(body: JobSubmission, artifactItems?: number): PlannedJob {
  const plan = planJob(body as unknown as SubmittedJob, artifactItems);
  if (!plan.ok) throw Refusal.invalid([{ pointer: plan.pointer, detail: plan.detail }]);
  return plan;
}

function formFaults(
  value: Record<string, unknown>,
  members: ReadonlyMap<string, string>,
  profiles: Profiles,
): FieldFault[] {
  const { requirements, retry, reduce } = value;
  const reduceNeeds = isPlainObject(reduce) ? reduce.requirements : null;
  const fanOut = isPlainObject(value.fan_out) ? value.fan_out : null;
  return [
    ...faultsOf(SubmitJobDto, value),
    ...sealedFaults(value),
    ...(isPlainObject(requirements) ? faultsOf(RequirementsDto, requirements, ['requirements']) : []),
    ...(isPlainObject(reduceNeeds) ? faultsOf(RequirementsDto, reduceNeeds, ['reduce', 'requirements']) : []),
    ...(isPlainObject(retry) ? faultsOf(RetryDto, retry, ['retry']) : []),
    ...(fanOut ? fanOutFaults(fanOut) : []),
    ...batchConflicts(value, fanOut),
    ...commandsOf(value).flatMap(({ command, path }) => commandFaults(command, path)),
    ...profileFaults(value.profile, profiles),
    ...sizeFaults(members),
  ];
}

const PAYLOAD_INSTEAD = 'no program could be started with it: put data in the payload';

/** Every command of a submission, and where it is. */
function commandsOf({ runner_command, benchmark, reduce }: Record<string, unknown>) {
  const strategies: unknown = isPlainObject(benchmark) ? benchmark.strategies : null;
  return [
    { command: runner_command, path: ['runner_command'] },
    ...(isPlainObject(reduce) ? [{ command: reduce.runner_command, path: ['reduce', 'runner_command'] }] : []),
    ...(Array.isArray(strategies) ? strategies : []).map((strategy: unknown, at) => ({
      command: isPlainObject(strategy) ? strategy.runner_command : null,
      path: ['benchmark', 'strategies', String(at), 'runner_command'],
    })),
  ];
}

function commandFaults(command: unknown, path: readonly string[]): FieldFault[] {
  const at = (...inner: string[]) => pointerTo(...path, ...inner);
  if (!Array.isArray(command) || !command.every((argument) => typeof argument === 'string')) return [];
  if (command[0]?.trim() === '') return [{ pointer: at('0'), detail: 'must name the program to run' }];
  const sizes = command.map((argument) => Buffer.byteLength(argument));
  const tooLong = sizes.findIndex((size) => size > MAX_ARGUMENT);
  if (tooLong >= 0)
    return [{ pointer: at(String(tooLong)), detail: `is longer than ${MAX_ARGUMENT} bytes; ${PAYLOAD_INSTEAD}` }];
  if (sizes.reduce((sum, size) => sum + size, 0) <= MAX_COMMAND) return [];
  return [{ pointer: at(), detail: `is longer than ${MAX_COMMAND / 1024} KiB in all; ${PAYLOAD_INSTEAD}` }];
}

function profileFaults(profile: unknown, profiles: Profiles): FieldFault[] {
  if (typeof profile !== 'string' || Object.hasOwn(profiles, profile)) return [];
  return [
    {
      pointer: '/profile',
      detail: `is not a profile of this installation; there are ${Object.keys(profiles).join(', ')}`,
    },
  ];
}

function sizeFaults(members: ReadonlyMap<string, string>): FieldFault[] {
  const limits = { meta: MAX_CARRIED, variant: MAX_CARRIED, env: MAX_ENV };
  return Object.entries(limits)
    .filter(([field, limit]) => Buffer.byteLength(members.get(field) ?? '') > limit)
    .map(([field, limit]) => ({ pointer: `/${field}`, detail: `is larger than ${limit / 1024} KiB` }));
}
