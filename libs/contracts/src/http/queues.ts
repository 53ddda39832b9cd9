import type { Resources } from '../messages/fields.js';

/** `oldest_age_s` null: nothing waits. */
export interface QueueDepthObject {
  readonly name: string;
  readonly depth: number;
  readonly oldest_age_s: number | null;
}

/** Work of all accounts with the same requirements. */
export interface QueuedWorkObject {
  readonly requirements: Resources;
  readonly jobs: number;
  readonly queued: number;
  readonly running: number;
  readonly oldest_age_s: number;
}

export interface QueuesObject {
  readonly queues: readonly QueueDepthObject[];
  readonly work: readonly QueuedWorkObject[];
}
