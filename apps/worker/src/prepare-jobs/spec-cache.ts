import type { TaskSpec } from '@computalot/contracts';
import { DomainError } from '@computalot/kernel';
import { downloadText } from '../move-bytes/download.js';
import { retryTransfer } from '../move-bytes/retry.js';
import type { RequestGrants } from '../request-grants/request-grants.service.js';

/** Specs too large for the assignment message, and parts of specs, kept up to a number of bytes of their JSON text; the one used longest ago goes first. */
export class SpecCache {
  private readonly specs = new Map<string, { readonly spec: TaskSpec; readonly bytes: number }>();
  private readonly underway = new Map<string, Promise<TaskSpec>>();
  private bytes = 0;

  constructor(
    private readonly grants: RequestGrants,
    private readonly maxBytes = 64 * 1024 * 1024,
  ) {}

  /** @param part null for the spec itself */
  async specOf(jobId: string, part: number | null): Promise<TaskSpec> {
    const key = part === null ? jobId : `${jobId} ${part}`;
    const known = this.specs.get(key);
    if (known) {
      this.specs.delete(key);
      this.specs.set(key, known);
      return known.spec;
    }
    const fetching =
      this.underway.get(key) ?? this.fetchOnce(jobId, part, key).finally(() => this.underway.delete(key));
    this.underway.set(key, fetching);
    return fetching;
  }

  private async fetchOnce(jobId: string, part: number | null, key: string): Promise<TaskSpec> {
    const target = { kind: 'spec', job_id: jobId, ...(part === null ? {} : { part }) } as const;
    const text = await retryTransfer(async () => {
      const { url, headers } = await this.grants.request(target);
      if (url === null) throw new DomainError('runtime_init_failed', 'the spec has no download');
      return downloadText(url, headers);
    });
    const spec = JSON.parse(text) as TaskSpec;
    this.keep(key, spec, text.length);
    return spec;
  }

  private keep(key: string, spec: TaskSpec, bytes: number): void {
    this.specs.set(key, { spec, bytes });
    this.bytes += bytes;
    for (const [oldest, { bytes: freed }] of this.specs) {
      if (this.bytes <= this.maxBytes || oldest === key) return;
      this.specs.delete(oldest);
      this.bytes -= freed;
    }
  }
}
