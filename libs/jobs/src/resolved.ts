import type { HandedArtifacts } from './hand-off/index.js';
import type { SharedValues } from './shared/index.js';

/** What the names in a job's payload stand for: found once, before it is planned. */
export interface Resolved {
  readonly shared?: SharedValues;
  readonly artifacts?: HandedArtifacts;
}
