import { setImmediate } from 'node:timers/promises';
import type { FieldFault } from '@computalot/contracts';
import { pointerTo, Refusal } from '../problems/refusal.js';
import { isPlainObject } from '../submit-job/map-of.validator.js';
import type { Submission } from '../submit-job/read-submission.js';
import { judgedPayloads, type JudgedPayload } from './judged-payloads.js';
import type { Recipe } from './recipe.js';

/** Parts of a submission that would change what a recipe runs, or let it be read. */
const SEALED = ['project', 'runner_command', 'env', 'secrets'];
const SEALED_DETAIL = 'cannot be given with a recipe: its code, command and environment are fixed';
/** Judged before others have their turn. */
const AT_ONCE = 500;

const isGiven = (value: unknown) => value !== undefined && value !== null;

/** What no recipe takes, whichever it is. */
export function sealedFaults(body: Readonly<Record<string, unknown>>): FieldFault[] {
  if (!isGiven(body.recipe)) return [];
  const { reduce, benchmark } = body;
  const strategies: unknown = isPlainObject(benchmark) ? benchmark.strategies : null;
  const commands = (Array.isArray(strategies) ? strategies : []).map((strategy: unknown, at) => ({
    owner: strategy,
    path: ['benchmark', 'strategies', at],
  }));
  return [
    ...SEALED.filter((field) => isGiven(body[field])).map((field) => pointerTo(field)),
    ...[{ owner: reduce, path: ['reduce'] }, ...commands]
      .filter(({ owner }) => isPlainObject(owner) && isGiven(owner.runner_command))
      .map(({ path }) => pointerTo(...path, 'runner_command')),
  ].map((pointer) => ({ pointer, detail: SEALED_DETAIL }));
}

/** The submission, its items counted, as the recipe runs it. @throws Refusal */
export async function checkRecipe(submission: Submission, recipe: Recipe): Promise<Submission> {
  const { body, plan, members, text } = submission;
  const { limits } = recipe.shown;
  const faults: FieldFault[] = [];
  // First: who asks for too many has nothing of them judged.
  if (limits.tasks !== undefined && plan.task_total > limits.tasks)
    faults.push({
      pointer: pointerTo(body.type === 'sweep' || body.type === 'benchmark' ? body.type : 'fan_out'),
      detail: `makes ${plan.task_total} tasks; the recipe takes at most ${limits.tasks}`,
    });
  else faults.push(...(await payloadFaults(submission, recipe)));
  if (limits.timeout_s !== undefined && (body.timeout_s ?? 0) > limits.timeout_s)
    faults.push({ pointer: '/timeout_s', detail: `must be at most ${limits.timeout_s} for this recipe` });
  if (faults.length > 0) throw Refusal.invalid(faults);
  if (limits.timeout_s === undefined || isGiven(body.timeout_s)) return submission;
  // Written into the submission, where everybody reads it.
  const timeout = String(limits.timeout_s);
  return {
    ...submission,
    text: withMember(text, 'timeout_s', timeout),
    members: new Map([...members, ['timeout_s', timeout]]),
  };
}

/** The text of an object with one more member, which it must not have. */
export function withMember(text: string, name: string, value: string): string {
  const inside = text.trimStart().slice(1);
  const comma = inside.trimStart().startsWith('}') ? '' : ',';
  return `{${JSON.stringify(name)}:${value}${comma}${inside}`;
}

/** Of the first payload that does not fit. */
async function payloadFaults(submission: Submission, recipe: Recipe): Promise<FieldFault[]> {
  const { fan_out, batch_size } = submission.plan.spec;
  if (fan_out && batch_size !== undefined && ('items' in fan_out || 'items_artifact' in fan_out))
    return [{ pointer: '/batch_size', detail: 'cannot be given with items of a recipe: a task has one payload' }];
  let judged = 0;
  for (const each of judgedPayloads(submission)) {
    const faults = recipe.faultsOfPayload(each.payload, '');
    if (faults.length > 0) return faults.map((fault) => placed(fault, each));
    if (++judged % AT_ONCE === 0) await setImmediate();
  }
  return [];
}

/** A fault of a payload, where the member is that has it. */
function placed({ pointer, detail }: FieldFault, { parts, which }: JudgedPayload): FieldFault {
  const [, member] = pointer.split('/');
  const part = parts.find(([, fields]) => Object.keys(fields).some((name) => pointerTo(name) === `/${member}`));
  return { pointer: (part?.[0] ?? '/payload') + pointer, detail: which ? `${detail} (${which})` : detail };
}
