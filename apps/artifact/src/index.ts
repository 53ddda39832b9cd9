export { ArtifactModule } from './artifact.module.js';
