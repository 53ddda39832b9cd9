export { ArtifactModule } from './artifact.module.js';
export { retentionOf, type Retention } from './expire-jobs/retention.js';
