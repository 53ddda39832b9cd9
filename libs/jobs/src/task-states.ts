/**
 * The legal transitions of a task. Everything else about states is derived from this table: terminal states, guards, the state chart of
 * the docs. The migration repeats the words as an enum.
 *
 * - `leased` may end directly: the start and the end of a short task arrive in one batch of reports.
 * - `leased`/`running` → `queued`: the lease was handed back or its worker is lost. → `retrying`: the attempt failed and will be repeated.
 * - `retrying` → `leased`: its delay is over and it is claimed as it lies; → `queued`: it is put back first.
 * - `queued` → `failed`: `queue_timeout_s` passed, no attempt was ever started.
 */
export const taskTransitions = {
  queued: ['leased', 'failed', 'cancelled'],
  leased: ['running', 'queued', 'retrying', 'completed', 'failed', 'cancelled'],
  running: ['queued', 'retrying', 'completed', 'failed', 'cancelled'],
  retrying: ['queued', 'leased', 'cancelled'],
  completed: [],
  failed: [],
  cancelled: [],
} as const satisfies Record<string, readonly string[]>;

export type TaskState = keyof typeof taskTransitions;

/** What a retry of the job makes of its ended tasks; a job that is cancelled meanwhile cancels them instead. */
export const taskReopenings: Readonly<Partial<Record<TaskState, readonly TaskState[]>>> = {
  failed: ['queued', 'cancelled'],
};

export const taskStates = Object.keys(taskTransitions) as TaskState[];
/** States without a way out. */
export const terminalTaskStates = taskStates.filter((state) => taskTransitions[state].length === 0);
export const activeTaskStates = taskStates.filter((state) => taskTransitions[state].length > 0);

export function isTerminalTaskState(state: TaskState): boolean {
  return terminalTaskStates.includes(state);
}

export function canTransition(from: TaskState, to: TaskState): boolean {
  return (taskTransitions[from] as readonly TaskState[]).includes(to);
}

/** The states from which `to` may be reached: what a guarded statement lists in `state = ANY(…)`. */
export function statesBefore(to: TaskState): TaskState[] {
  return taskStates.filter((from) => canTransition(from, to));
}
