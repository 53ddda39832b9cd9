import type { Objective } from '@computalot/contracts';
import { isJsonObject, planFault, unknownFieldFault, type PlanFault } from '../plan-fault.js';

export type { Objective } from '@computalot/contracts';

export type ObjectiveFaultCode = 'invalid_objective' | 'unknown_field';

/** `section`: the field of the submission that holds the objective. */
export function objectiveFault(objective: unknown, section: string): PlanFault<ObjectiveFaultCode> | null {
  const place = `/${section}/objective`;
  if (!isJsonObject(objective)) {
    const detail = 'objective must be {"metric": name of a field of the result, "goal": "minimize" or "maximize"}.';
    return planFault('invalid_objective', detail, place);
  }
  if (typeof objective.metric !== 'string' || objective.metric === '') {
    return planFault('invalid_objective', 'objective.metric must name a field of the result.', `${place}/metric`);
  }
  if (objective.goal !== 'minimize' && objective.goal !== 'maximize') {
    return planFault('invalid_objective', 'objective.goal must be "minimize" or "maximize".', `${place}/goal`);
  }
  return unknownFieldFault(objective, ['metric', 'goal'], section, 'objective');
}

/** Negative when `a` is the better value. */
export function compareByGoal(goal: Objective['goal'], a: number, b: number): number {
  if (a === b) return 0;
  return a < b === (goal === 'minimize') ? -1 : 1;
}
