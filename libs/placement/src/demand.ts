import { needsOf, toThousandths, type Amounts } from '@computalot/jobs';
import type { Group, Resources } from './types.js';

/** A group while a round places it. */
export interface Demand {
  readonly group: Group;
  /** The same for groups with equal requirements. */
  readonly kind: string;
  /** What one task uses up. */
  readonly needs: Amounts;
  /** What one task adds to its account's usage, in thousandths of a core; never 0, so that nobody's share is free. */
  readonly weight: number;
  /** Tasks that still may be placed. */
  remaining: number;
}

const LEAST_WEIGHT = 10;

export function demandOf(group: Group): Demand {
  const needs = needsOf(group.requirements);
  const remaining = Math.max(0, Math.min(group.queued, group.parallelLeft ?? Infinity));
  return { group, kind: kindOf(group.requirements), needs, weight: Math.max(LEAST_WEIGHT, needs.cpu), remaining };
}

function kindOf(requirements: Resources): string {
  return JSON.stringify(Object.entries(requirements).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Usage of accounts in thousandths of a core, open to change during a round. */
export function usageInThousandths(usage: ReadonlyMap<string, number>): Map<string, number> {
  return new Map([...usage].map(([accountId, cores]) => [accountId, toThousandths(cores)]));
}
