import { describe, expect, test } from '@jest/globals';
import { place } from './place.js';
import { group, worker } from './samples.fixture.js';
import type { Group } from './types.js';

const SLOTS = 4;
const ROUND_MS = 10;

/** One worker that runs what it holds first in, first out, and a scheduler that sees the truth every ROUND_MS of simulated time. */
class Simulation {
  private running: { jobId: string; endsAt: number }[] = [];
  private waiting: string[] = [];
  readonly completed: Record<string, number> = {};
  /** Slot-milliseconds used per job. */
  readonly used: Record<string, number> = {};

  constructor(private readonly groups: readonly Group[]) {}

  run(durationMs: number): void {
    for (let now = 0; now < durationMs; now++) {
      if (now % ROUND_MS === 0) this.round();
      this.advance(now);
    }
  }

  private round(): void {
    const held = [...this.running.map(({ jobId }) => jobId), ...this.waiting];
    const usage = new Map<string, number>();
    for (const { jobId, accountId } of this.groups) {
      usage.set(accountId, (usage.get(accountId) ?? 0) + held.filter((each) => each === jobId).length);
    }
    const view = worker('w', { cpu: SLOTS }, [{ requirements: { cpu: 1 }, count: held.length }]);
    for (const { jobId, count } of place(this.groups, [view], usage, { maxBacklog: 512 })) {
      this.waiting.push(...Array.from({ length: count }, () => jobId));
    }
  }

  private advance(now: number): void {
    for (const { jobId } of this.running.filter(({ endsAt }) => endsAt <= now)) {
      this.completed[jobId] = (this.completed[jobId] ?? 0) + 1;
    }
    this.running = this.running.filter(({ endsAt }) => endsAt > now);
    while (this.running.length < SLOTS && this.waiting.length > 0) {
      const jobId = this.waiting.shift()!;
      const { meanRuntimeMs } = this.groups.find((each) => each.jobId === jobId)!;
      this.running.push({ jobId, endsAt: now + meanRuntimeMs! });
    }
    for (const { jobId } of this.running) this.used[jobId] = (this.used[jobId] ?? 0) + 1;
  }
}

const endless = { queued: 1_000_000 };
const short = (jobId: string, more: Partial<Group> = {}) => group(jobId, { ...endless, meanRuntimeMs: 2, ...more });
const long = (jobId: string, more: Partial<Group> = {}) => group(jobId, { ...endless, meanRuntimeMs: 2_000, ...more });

describe('over many rounds', () => {
  test('short tasks alone keep the slots busy between rounds', () => {
    const simulation = new Simulation([short('a')]);
    simulation.run(2_000);
    expect(simulation.completed['a']).toBeGreaterThan(0.95 * SLOTS * 1_000);
  });

  test('an account of long tasks gets its share beside an endless stream of short ones, which keeps its speed', () => {
    const simulation = new Simulation([short('short'), long('long', { accountId: 'late', createdAt: 9 })]);
    simulation.run(60_000);
    const all = SLOTS * 60_000;
    expect(simulation.used['long']! / all).toBeGreaterThan(0.4);
    expect(simulation.used['short']! / all).toBeGreaterThan(0.35);
  });

  test('a higher priority of the same account takes over', () => {
    const simulation = new Simulation([short('low'), long('high', { priority: 1, createdAt: 9 })]);
    simulation.run(20_000);
    expect(simulation.used['high']! / (SLOTS * 20_000)).toBeGreaterThan(0.9);
  });

  test('two accounts of short tasks share evenly', () => {
    const simulation = new Simulation([short('a'), short('b', { accountId: 'late', createdAt: 9 })]);
    simulation.run(10_000);
    expect(simulation.completed['a']! / simulation.completed['b']!).toBeCloseTo(1, 1);
  });
});
