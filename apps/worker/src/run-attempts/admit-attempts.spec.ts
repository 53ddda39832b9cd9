import { describe, expect, test } from '@jest/globals';
import type { Resources } from '@computalot/contracts';
import { ResourceLedger } from '@computalot/jobs';
import { admitNext } from './admit-attempts.js';
import { Attempt, type HeldJob } from './attempt.js';

let sequence = 0;
function jobOf(requirements: Resources, count: number, over: Partial<HeldJob> = {}): HeldJob {
  const context = {
    job_id: 'j',
    revision: null,
    command: ['x'],
    env: {},
    timeout_s: 1,
    requirements,
    spec: { payload: {} },
  };
  const prepared = { revisionDir: null, spec: { payload: {} } };
  const job: HeldJob = {
    key: 'job',
    id: 'j',
    context,
    part: null,
    baseEnv: {},
    prepared,
    requirementsKey: JSON.stringify(requirements),
    waiting: [],
    releases: [],
    held: 0,
    ...over,
  };
  for (let index = 0; index < count; index += 1) job.waiting.push(new Attempt(job, index, 1, (sequence += 1), 0));
  return job;
}

const offers = { cpu: 2 };
const admitAll = (jobs: HeldJob[], now = 0, ledger = new ResourceLedger(offers)): (Attempt | null)[] => {
  const admitted: (Attempt | null)[] = [];
  do admitted.push(admitNext(() => jobs, ledger, offers, now));
  while (admitted.at(-1));
  return admitted.slice(0, -1);
};

describe('admission', () => {
  test('takes what fits, in order of arrival over all jobs', () => {
    const first = jobOf({ cpu: 1 }, 1);
    const second = jobOf({ cpu: 0.5 }, 3);
    expect(admitAll([second, first]).map((attempt) => attempt?.job)).toEqual([first, second, second]);
    expect(second.waiting).toHaveLength(1);
  });

  test('overtakes what does not fit now, and jobs that are not prepared', () => {
    const ledger = new ResourceLedger(offers);
    ledger.tryTake({ cpu: 1 });
    const large = jobOf({ cpu: 2 }, 1);
    const unprepared = jobOf({ cpu: 1 }, 1, { prepared: undefined });
    const small = jobOf({ cpu: 1 }, 2);
    expect(admitAll([large, unprepared, small], 0, ledger).map((attempt) => attempt?.job)).toEqual([small]);
  });

  test('does not overtake for ever, unless what waits could never run here', () => {
    const half = () => {
      const ledger = new ResourceLedger(offers);
      ledger.tryTake({ cpu: 1 });
      return ledger;
    };
    expect(admitAll([jobOf({ cpu: 2 }, 1), jobOf({ cpu: 1 }, 1)], 10_001, half())).toEqual([]);
    expect(admitAll([jobOf({ cpu: 3 }, 1), jobOf({ cpu: 1 }, 1)], 10_001, half())).toHaveLength(1);
  });
});
