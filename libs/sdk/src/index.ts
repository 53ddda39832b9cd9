export * from './client.js';
export type { ClientOptions } from './http.js';
export * from './problem-error.js';
export type { JobStreamEvent, StreamOptions } from './stream-job.js';
export { WaitTimeout, type WaitOptions } from './wait-for-job.js';
export { packFolder } from './pack-folder.js';
export type {
  AccountObject,
  ArtifactObject,
  CreatedKey,
  JobObject,
  JobStatus,
  JobSubmission,
  JobSummary,
  ProjectObject,
  ResultsPage,
  RevisionObject,
  TaskObject,
  TaskResult,
  WorkerObject,
} from '@computalot/contracts';
