import { jobTransitions } from './job-states.js';
import { taskTransitions } from './task-states.js';

/** The command that writes the committed chart. */
export const REGENERATE_STATE_CHART = 'node libs/jobs/dist/state-chart.main.js > docs/generated/state-chart.md';

/** The page `docs/generated/state-chart.md`: both state tables as Mermaid diagrams. */
export function renderStateChart(): string {
  return [
    '# States',
    '',
    `Generated from the tables in \`libs/jobs\`; do not edit. Regenerate: \`${REGENERATE_STATE_CHART}\``,
    '',
    '## Task',
    '',
    ...diagram(taskTransitions, 'queued'),
    '',
    '## Job',
    '',
    ...diagram(jobTransitions, 'planning'),
    '',
  ].join('\n');
}

function diagram(transitions: Readonly<Record<string, readonly string[]>>, initial: string): string[] {
  const edges = Object.entries(transitions).flatMap(([from, targets]) =>
    (targets.length > 0 ? targets : ['[*]']).map((to) => `  ${from} --> ${to}`),
  );
  return ['```mermaid', 'stateDiagram-v2', `  [*] --> ${initial}`, ...edges, '```'];
}
