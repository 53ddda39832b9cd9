import type { TaskSpec } from '@computalot/contracts';
import { planJob, type SubmittedJob } from '@computalot/jobs';

const MAX_CHARS = 32 * 1024 * 1024;

/** Specs of the jobs whose tasks were read last: paging through a job parses its submission once. */
export class SpecCache {
  private readonly specs = new Map<string, { spec: TaskSpec; chars: number }>();
  private chars = 0;

  of(jobId: string, submission: string): TaskSpec {
    const known = this.specs.get(jobId);
    if (known) return known.spec;
    const planned = planJob(JSON.parse(submission) as SubmittedJob);
    if (!planned.ok) throw new Error(`job ${jobId} was accepted and cannot be planned: ${planned.detail}`);
    const { spec } = planned;
    this.specs.set(jobId, { spec, chars: submission.length });
    this.chars += submission.length;
    for (const [oldest, { chars }] of this.specs) {
      if (this.chars <= MAX_CHARS || oldest === jobId) break;
      this.specs.delete(oldest);
      this.chars -= chars;
    }
    return spec;
  }
}
