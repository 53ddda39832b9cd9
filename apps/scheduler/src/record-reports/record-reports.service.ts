import type { TaskReport } from '@computalot/contracts';
import {
  DATABASE,
  applyMoves,
  keepCheckpoints,
  lockCurrentAttempts,
  type AttemptMove,
  type Database,
  type JobFacts,
  type Settled,
} from '@computalot/database';
import { Inject, Injectable } from '@nestjs/common';
import { AnnounceChanges } from '../announce-changes/announce-changes.service.js';
import { RuntimeHints } from '../estimate-runtimes/runtime-hints.js';
import { decideMove } from './decide-move.js';

const keyOf = (report: { job_id: string; index: number; attempt: number }) =>
  `${report.job_id}.${report.index}.${report.attempt}`;

export interface Recorded {
  /** Attempts that moved. */
  readonly moved: number;
  /** Milliseconds until the first of the retries decided here is due; null when there is none. */
  readonly retryWithinMs: number | null;
}

/**
 * Takes what workers say happened. One transaction per batch: lock what is current, decide, write once. Reports of attempts that are no
 * longer current change nothing.
 */
@Injectable()
export class RecordReports {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly changes: AnnounceChanges,
    private readonly hints: RuntimeHints,
  ) {}

  async record(reports: readonly TaskReport[]): Promise<Recorded> {
    const latest = lastOfEachAttempt(reports);
    if (latest.length === 0) return { moved: 0, retryWithinMs: null };
    const facts = await this.changes.factsOf(latest.map((report) => report.job_id));
    const { settled, moves } = await this.database.transaction((tx) => this.recordIn(tx, latest, facts));
    this.changes.announce(settled, moves);
    this.hints.learn(moves, facts);
    const retries = moves.flatMap((move) => (move.available_at === undefined ? [] : [move.available_at - Date.now()]));
    return { moved: moves.length, retryWithinMs: retries.length === 0 ? null : Math.max(0, Math.min(...retries)) };
  }

  private async recordIn(
    tx: Parameters<Parameters<Database['transaction']>[0]>[0],
    reports: readonly TaskReport[],
    facts: ReadonlyMap<string, JobFacts>,
  ): Promise<{ settled: Settled; moves: AttemptMove[] }> {
    const byKey = new Map(reports.map((report) => [keyOf(report), report]));
    const now = Date.now();
    const locked = await lockCurrentAttempts(tx, reports);
    const moves = locked.flatMap((current) => {
      const report = byKey.get(keyOf(current));
      const known = facts.get(current.job_id);
      const move = report && known ? decideMove(current, report, known, now, Math.random) : null;
      return move ? [move] : [];
    });
    const settled = await applyMoves(tx, moves, facts);
    const saved = locked.flatMap((current) => {
      const checkpoint = byKey.get(keyOf(current))?.checkpoint;
      const { job_id, index, attempt } = current;
      return checkpoint ? [{ job_id, index, attempt, ...checkpoint }] : [];
    });
    await keepCheckpoints(tx, saved);
    return { settled, moves };
  }
}

/** An attempt that started and ended within one batch moves once; the end carries the start's time, and the checkpoint saved before it. */
export function lastOfEachAttempt(reports: readonly TaskReport[]): TaskReport[] {
  const latest = new Map<string, TaskReport>();
  for (const report of reports) {
    const earlier = latest.get(keyOf(report));
    if (earlier && earlier.kind !== 'started' && earlier.kind !== 'checkpointed') continue;
    latest.set(keyOf(report), earlier ? merged(earlier, report) : report);
  }
  return [...latest.values()];
}

/** `started` and `checkpointed` come in any number and order before the end. */
function merged(earlier: TaskReport, report: TaskReport): TaskReport {
  const kind = report.kind === 'checkpointed' ? earlier.kind : report.kind;
  return { started_at: earlier.started_at, checkpoint: earlier.checkpoint, ...report, kind };
}
