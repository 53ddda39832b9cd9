import type { Queryable } from '../database.js';
import { keepEndedAttempts, keepOutputs, moveAttemptsIfCurrent, type AttemptMove } from './attempts.store.js';
import { JobDelta, type JobFacts } from './job-counters.store.js';
import { nothingSettled, settleJobs, type Settled } from './settle-jobs.js';

/** Writes decided transitions of locked attempts, their history, outputs, counters and events; everything in the caller's transaction. */
export async function applyMoves(
  tx: Queryable,
  moves: readonly AttemptMove[],
  facts: ReadonlyMap<string, JobFacts>,
): Promise<Settled> {
  if (moves.length === 0) return nothingSettled;
  await moveAttemptsIfCurrent(tx, moves);
  await keepEndedAttempts(tx, moves);
  await keepOutputs(tx, moves);
  return settleJobs(tx, deltasOf(moves), facts, moves);
}

function deltasOf(moves: readonly AttemptMove[]): Map<string, JobDelta> {
  const deltas = new Map<string, JobDelta>();
  for (const move of moves) {
    let delta = deltas.get(move.job_id);
    if (!delta) deltas.set(move.job_id, (delta = new JobDelta()));
    delta.move(move.from, move.to);
    if (move.started_at !== undefined) delta.started = true;
    if (move.started_at !== undefined && move.finished_at !== undefined) delta.ran(move.finished_at - move.started_at);
  }
  return deltas;
}
