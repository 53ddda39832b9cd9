export * from './client.js';
export type { ClientOptions } from './http.js';
export * from './problem-error.js';
export type { CreateOptions, OutputOptions } from './request-options.js';
export type { JobStreamEvent, StreamOptions } from './stream-job.js';
export type { FollowOptions } from './follow-output/follow-output.js';
export type { FollowedOutput, OutputBytes, OutputMissing } from './follow-output/output-assembly.js';
export type { UploadOptions, UploadProgress } from './upload-artifact.js';
export type { UploadBody } from './upload-source.js';
export { WaitTimeout, type WaitOptions } from './wait-for-job.js';
export type { ProjectStreamEvent } from './watch-project.js';
export type { PageOptions } from './paging.js';
export { Values, type PutCondition, type VersionedValue } from './values.js';
export { packFolder } from './pack-folder.js';
export type {
  AccountObject,
  ArtifactObject,
  CreatedKey,
  JobObject,
  JobStatus,
  JobSubmission,
  JobSummary,
  KvEntryObject,
  ProjectObject,
  ResultsPage,
  RevisionObject,
  TaskObject,
  TaskResult,
  WorkerObject,
} from '@computalot/contracts';
