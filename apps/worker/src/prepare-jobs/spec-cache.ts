import type { TaskSpec } from '@computalot/contracts';
import { DomainError } from '@computalot/kernel';
import { downloadText } from '../move-bytes/download.js';
import { retryTransfer } from '../move-bytes/retry.js';
import type { RequestGrants } from '../request-grants/request-grants.service.js';

/** Specs too large for the assignment message, kept up to a number of bytes of their JSON text; the one used longest ago goes first. */
export class SpecCache {
  private readonly specs = new Map<string, { readonly spec: TaskSpec; readonly bytes: number }>();
  private readonly underway = new Map<string, Promise<TaskSpec>>();
  private bytes = 0;

  constructor(
    private readonly grants: RequestGrants,
    private readonly maxBytes = 64 * 1024 * 1024,
  ) {}

  async specOf(jobId: string): Promise<TaskSpec> {
    const known = this.specs.get(jobId);
    if (known) {
      this.specs.delete(jobId);
      this.specs.set(jobId, known);
      return known.spec;
    }
    const fetching = this.underway.get(jobId) ?? this.fetchOnce(jobId).finally(() => this.underway.delete(jobId));
    this.underway.set(jobId, fetching);
    return fetching;
  }

  private async fetchOnce(jobId: string): Promise<TaskSpec> {
    const text = await retryTransfer(async () => {
      const { url, headers } = await this.grants.request({ kind: 'spec', job_id: jobId });
      if (url === null) throw new DomainError('runtime_init_failed', 'the spec has no download');
      return downloadText(url, headers);
    });
    const spec = JSON.parse(text) as TaskSpec;
    this.keep(jobId, spec, text.length);
    return spec;
  }

  private keep(jobId: string, spec: TaskSpec, bytes: number): void {
    this.specs.set(jobId, { spec, bytes });
    this.bytes += bytes;
    for (const [oldest, { bytes: freed }] of this.specs) {
      if (this.bytes <= this.maxBytes || oldest === jobId) return;
      this.specs.delete(oldest);
      this.bytes -= freed;
    }
  }
}
