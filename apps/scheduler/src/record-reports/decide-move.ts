import type { TaskReport } from '@computalot/contracts';
import { MAX_INFRASTRUCTURE_LOSSES } from '@computalot/contracts';
import type { AttemptMove, CurrentAttempt, JobFacts } from '@computalot/database';
import { decideAfterAttempt, retryPolicyOf } from '@computalot/jobs';
import { assertNever, backoffDelayMs } from '@computalot/kernel';

const INFRASTRUCTURE_BACKOFF = { base_s: 2, max_s: 60 };
/** Leases lost before their start that cost nothing: whatever ended the worker was hardly the task's doing. Bounded, because a start is reported late. */
const FREE_LEASES = 20;
/** Attempts that may be handed back because what they need is out of reach, before each of them counts: more than an hour at the longest pause. */
const FREE_RETURNS = 100;

/**
 * What a report means for the attempt it speaks of. Pure: (row as locked, report, the job's retry policy, now) -> transition.
 * Null when it changes nothing.
 */
export function decideMove(
  current: CurrentAttempt,
  report: TaskReport,
  facts: JobFacts,
  now: number,
  random: () => number,
): AttemptMove | null {
  const base = {
    job_id: current.job_id,
    index: current.index,
    attempt: current.attempt,
    worker_id: current.worker_id,
    address: current.address,
    from: current.state,
  };
  switch (report.kind) {
    case 'started':
      return current.state === 'leased' ? { ...base, to: 'running', started_at: report.started_at } : null;
    case 'checkpointed':
      return null;
    case 'completed':
      return { ...base, to: 'completed', ...evidence(report) };
    case 'cancelled':
      return { ...base, to: 'cancelled', ended: 'cancelled', ...evidence(report) };
    case 'returned':
      return { ...base, ...handedBack(current, report, now, random) };
    case 'failed':
      return {
        ...base,
        ...afterFailure(current, report, facts, now, random),
        ended: report.reason ?? 'exit',
        ...evidence(report),
      };
    default:
      return assertNever(report.kind);
  }
}

type HandedBack = Partial<AttemptMove> & Pick<AttemptMove, 'to'>;

/** An outage of what workers fetch from must not cost a task its losses, however long it takes; what never comes must not be waited for for ever. */
function handedBack(current: CurrentAttempt, report: TaskReport, now: number, random: () => number): HandedBack {
  if (!report.error || report.started_at !== undefined) return { to: 'queued', ...interrupted(report) };
  const outcome = { error: report.error };
  const charge = current.attempt > FREE_RETURNS ? ({ losses: 1, ended: 'infrastructure' } as const) : {};
  if (charge.losses && current.losses >= MAX_INFRASTRUCTURE_LOSSES)
    return { to: 'failed', finished_at: now, outcome, ...charge };
  const pause = backoffDelayMs(current.attempt, INFRASTRUCTURE_BACKOFF, random);
  return { to: 'retrying', available_at: now + pause, outcome, ...charge };
}

/** A lease handed back unstarted leaves no trace; what an interrupted attempt wrote is kept. */
function interrupted(report: TaskReport): Partial<AttemptMove> {
  if (report.started_at === undefined) return {};
  const { exit_code: _code, ...kept } = evidence(report);
  const error = { code: 'worker_drained', message: 'The worker was shut down while the task ran.' };
  return { ...kept, ended: 'infrastructure', outcome: { ...kept.outcome, error } };
}

function afterFailure(current: CurrentAttempt, report: TaskReport, facts: JobFacts, now: number, random: () => number) {
  const reason = report.reason ?? 'exit';
  const charge = reason === 'infrastructure' ? ({ losses: 1 } as const) : ({ failures: 1 } as const);
  const decision = decideAfterAttempt(
    {
      policy: retryPolicyOf(facts.retry),
      failures: current.failures,
      losses: current.losses,
      maxLosses: MAX_INFRASTRUCTURE_LOSSES,
    },
    { reason, exit_code: report.exit_code, signal: report.signal },
    random,
  );
  switch (decision.next) {
    case 'fail':
      return { to: 'failed', ...charge } as const;
    case 'requeue':
      // The worker is well and something it needs is not: without a pause all losses would be used up before that is back.
      return {
        to: 'retrying',
        available_at: now + backoffDelayMs(current.losses + 1, INFRASTRUCTURE_BACKOFF, random),
        ...charge,
      } as const;
    case 'retry':
      return { to: 'retrying', available_at: now + decision.delay_ms, ...charge } as const;
    default:
      return assertNever(decision);
  }
}

/** The loss of a worker, of its lease or of its report: never charged to the user's attempts, bounded by itself. */
export function decideLoss(current: CurrentAttempt, why: string): AttemptMove {
  const counts = current.state === 'running' || current.attempt > FREE_LEASES;
  const gone = counts && current.losses + 1 > MAX_INFRASTRUCTURE_LOSSES;
  return {
    job_id: current.job_id,
    index: current.index,
    attempt: current.attempt,
    worker_id: current.worker_id,
    address: current.address,
    from: current.state,
    to: gone ? 'failed' : 'queued',
    losses: counts ? 1 : undefined,
    ended: 'infrastructure',
    finished_at: Date.now(),
    outcome: { error: { code: 'worker_lost', message: why } },
  };
}

function evidence(report: TaskReport): Partial<AttemptMove> {
  const { error, warnings, quality, signal, result_stored_bytes, progress } = report;
  const outcome = {
    error,
    warnings: warnings?.length ? warnings : undefined,
    quality,
    signal,
    result_stored_bytes,
    progress: parseProgress(progress),
  };
  return {
    exit_code: report.exit_code,
    started_at: report.started_at,
    finished_at: report.finished_at,
    result: report.result,
    stdout: report.stdout,
    stderr: report.stderr,
    outcome: Object.values(outcome).some((value) => value !== undefined) ? outcome : undefined,
  };
}

/** The object behind the report's JSON text: rows hold JSON, not JSON in a string. Nothing for text that is none. */
function parseProgress(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
