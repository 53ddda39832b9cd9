import { jobReopenings, jobTransitions } from './job-states.js';
import { taskReopenings, taskTransitions } from './task-states.js';

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
    ...diagram(taskTransitions, taskReopenings, 'queued'),
    '',
    '## Job',
    '',
    ...diagram(jobTransitions, jobReopenings, 'planning'),
    '',
  ].join('\n');
}

type Edges = Readonly<Record<string, readonly string[]>>;

function diagram(transitions: Edges, reopenings: Edges, initial: string): string[] {
  const edges = Object.entries(transitions).flatMap(([from, targets]) =>
    (targets.length > 0 ? targets : ['[*]']).map((to) => `  ${from} --> ${to}`),
  );
  const retries = Object.entries(reopenings).flatMap(([from, targets]) =>
    targets.map((to) => `  ${from} --> ${to}: retry`),
  );
  return ['```mermaid', 'stateDiagram-v2', `  [*] --> ${initial}`, ...edges, ...retries, '```'];
}
