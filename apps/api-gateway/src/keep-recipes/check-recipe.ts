import type { FieldFault } from '@computalot/contracts';
import { Refusal } from '../problems/refusal.js';
import { isPlainObject } from '../submit-job/map-of.validator.js';
import type { Submission } from '../submit-job/read-submission.js';
import type { Recipe } from './recipe.js';

/** Parts of a submission that would change what a recipe runs, or let it be read. */
const SEALED = ['project', 'runner_command', 'env', 'secrets'];
const SEALED_DETAIL = 'cannot be given with a recipe: its code, command and environment are fixed';
const TYPES = ['structured_runner', 'map_reduce'];

const isGiven = (value: unknown) => value !== undefined && value !== null;

/** What no recipe takes, whichever it is. */
export function sealedFaults(body: Readonly<Record<string, unknown>>): FieldFault[] {
  if (!isGiven(body.recipe)) return [];
  const { type, fan_out, reduce } = body;
  const faults = SEALED.filter((field) => isGiven(body[field])).map((field) => ({
    pointer: `/${field}`,
    detail: SEALED_DETAIL,
  }));
  if (typeof type === 'string' && !TYPES.includes(type))
    faults.push({ pointer: '/type', detail: `must be ${TYPES.join(' or ')} with a recipe` });
  if (isPlainObject(reduce) && isGiven(reduce.runner_command))
    faults.push({ pointer: '/reduce/runner_command', detail: SEALED_DETAIL });
  if (isPlainObject(fan_out) && isGiven(fan_out.items_artifact))
    faults.push({
      pointer: '/fan_out/items_artifact',
      detail: 'cannot be given with a recipe: give the items themselves',
    });
  return faults;
}

/** The submission as the recipe runs it. @throws Refusal */
export function checkRecipe(submission: Submission, recipe: Recipe | undefined): Submission {
  const { body, plan, members, text } = submission;
  if (!recipe) throw Refusal.invalid([{ pointer: '/recipe', detail: 'is not a recipe of this installation' }]);
  const { limits } = recipe.shown;
  const faults = payloadFaults(submission, recipe);
  if (limits.tasks !== undefined && plan.task_total > limits.tasks)
    faults.push({
      pointer: '/fan_out',
      detail: `makes ${plan.task_total} tasks; the recipe takes at most ${limits.tasks}`,
    });
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

/** Items are payloads of their own; everything else adds to the one that is given. */
function payloadFaults({ body }: Submission, { faultsOfPayload }: Recipe): FieldFault[] {
  const items: unknown = (body.fan_out as { items?: unknown } | undefined)?.items;
  if (!Array.isArray(items)) return faultsOfPayload(body.payload ?? {}, '/payload');
  for (const [n, item] of items.entries()) {
    const faults = faultsOfPayload(item, `/fan_out/items/${n}`);
    if (faults.length > 0) return faults;
  }
  return [];
}
