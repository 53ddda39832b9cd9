import type { TaskSpec } from '@computalot/contracts';

const MAX_CHARS = 32 * 1024 * 1024;

/** Specs of the jobs whose tasks were read last, or parts of them: paging through a job parses each once. */
export class SpecCache {
  private readonly specs = new Map<string, { spec: TaskSpec; chars: number }>();
  private chars = 0;

  known(key: string): TaskSpec | undefined {
    return this.specs.get(key)?.spec;
  }

  /** @param chars of its JSON */
  keep(key: string, spec: TaskSpec, chars: number): TaskSpec {
    // Two readers may have parsed the same one.
    this.chars += chars - (this.specs.get(key)?.chars ?? 0);
    this.specs.set(key, { spec, chars });
    for (const [oldest, { chars: freed }] of this.specs) {
      if (this.chars <= MAX_CHARS || oldest === key) break;
      this.specs.delete(oldest);
      this.chars -= freed;
    }
    return spec;
  }
}
