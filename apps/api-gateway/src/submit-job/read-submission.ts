import type { FieldFault, JobSubmission, Resources, TaskSpec } from '@computalot/contracts';
import { planSpec, taskSpecOf, type PlannedSpec } from '@computalot/jobs';
import type { JsonBody } from '../parse-json/json-body.js';
import { membersOf } from '../parse-json/json-text.js';
import { Refusal } from '../problems/refusal.js';
import { batchConflicts, fanOutFaults } from './fan-out-faults.js';
import { faultsOf } from './faults.js';
import { laterFeatures, withoutLater } from './later-features.js';
import { isPlainObject } from './map-of.validator.js';
import { RequirementsDto, RetryDto, SubmitJobDto } from './submit-job.dto.js';

/** Bytes of JSON that every list and stream repeats. */
const MAX_CARRIED = 64 * 1024;
const MAX_ENV = 128 * 1024;

export type Profiles = Readonly<Record<string, Resources>>;

/** A submission that can be accepted as far as it can be told without looking at the account. */
export interface Submission {
  readonly body: JobSubmission;
  readonly text: string;
  /** The texts of its members as sent. */
  readonly members: ReadonlyMap<string, string>;
  readonly spec: TaskSpec;
  readonly plan: PlannedSpec;
}

/** @throws Refusal with every fault of form; then, the form being right, the first fault of meaning. */
export function readSubmission({ value, text }: JsonBody, profiles: Profiles): Submission {
  const later = laterFeatures(value);
  if (later.length > 0) throw Refusal.invalid(later, 'not_supported_yet');
  const members = membersOf(text);
  const faults = formFaults(value, members, profiles);
  if (faults.length > 0) throw Refusal.invalid(faults);
  const body = value as unknown as JobSubmission;
  const spec = taskSpecOf(value);
  const plan = planSpec(spec);
  if (!plan.ok) throw Refusal.invalid([{ pointer: plan.pointer, detail: plan.detail }]);
  return { body, text, members, spec, plan };
}

function formFaults(
  value: Record<string, unknown>,
  members: ReadonlyMap<string, string>,
  profiles: Profiles,
): FieldFault[] {
  const { requirements, retry } = value;
  const fanOut = isPlainObject(value.fan_out) ? value.fan_out : null;
  return [
    ...faultsOf(SubmitJobDto, withoutLater(value)),
    ...(isPlainObject(requirements) ? faultsOf(RequirementsDto, requirements, ['requirements']) : []),
    ...(isPlainObject(retry) ? faultsOf(RetryDto, retry, ['retry']) : []),
    ...(fanOut ? fanOutFaults(fanOut) : []),
    ...batchConflicts(value, fanOut),
    ...commandFaults(value.runner_command),
    ...profileFaults(value.profile, profiles),
    ...sizeFaults(members),
  ];
}

function commandFaults(command: unknown): FieldFault[] {
  if (!Array.isArray(command) || typeof command[0] !== 'string' || command[0].trim() !== '') return [];
  return [{ pointer: '/runner_command/0', detail: 'must name the program to run' }];
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
