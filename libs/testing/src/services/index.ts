export { describeWith } from './describe-with.js';
export { describeServices, findService, type FoundService } from './find-services.js';
export type { ServiceName } from './service-kinds.js';
