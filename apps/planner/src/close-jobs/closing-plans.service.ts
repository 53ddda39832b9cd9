import { DATABASE, readResultSections, type Database } from '@computalot/database';
import { closingPlanOf, type ClosingPlan } from '@computalot/jobs';
import { Inject, Injectable } from '@nestjs/common';

const MAX_CHARS = 32 * 1024 * 1024;

/** What is to be done with the results of jobs, read once per job. A submission never changes. */
@Injectable()
export class ClosingPlans {
  private readonly plans = new Map<string, { readonly plan: ClosingPlan; readonly chars: number }>();
  private chars = 0;

  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /** Null when the job is gone. */
  async of(jobId: string): Promise<ClosingPlan | null> {
    const known = this.plans.get(jobId);
    if (known) return known.plan;
    const sections = await readResultSections(this.database, jobId);
    if (!sections) return null;
    const plan = closingPlanOf(sections);
    this.keep(jobId, plan, JSON.stringify(sections).length);
    return plan;
  }

  private keep(jobId: string, plan: ClosingPlan, chars: number): void {
    this.forget(jobId);
    this.plans.set(jobId, { plan, chars });
    this.chars += chars;
    for (const oldest of this.plans.keys()) {
      if (this.chars <= MAX_CHARS || oldest === jobId) return;
      this.forget(oldest);
    }
  }

  forget(jobId: string): void {
    this.chars -= this.plans.get(jobId)?.chars ?? 0;
    this.plans.delete(jobId);
  }
}
