import type { ContractCases } from '../contract-case.js';
import { accountCases } from './account.cases.js';
import { adminCases } from './admin.cases.js';
import { artifactCases } from './artifacts.cases.js';
import { externalCases } from './external.cases.js';
import { jobCases } from './jobs.cases.js';
import { kvCases } from './kv.cases.js';
import { liveCases } from './live.cases.js';
import { projectCases } from './projects.cases.js';
import { uploadCases } from './uploads.cases.js';
import { recipeCases } from './recipes.cases.js';
import { resultCases } from './results.cases.js';

/** By operation id. An operation of the document without a case fails the contract test. */
export const contractCases: ContractCases = {
  ...accountCases,
  ...adminCases,
  ...artifactCases,
  ...uploadCases,
  ...externalCases,
  ...jobCases,
  ...kvCases,
  ...liveCases,
  ...projectCases,
  ...recipeCases,
  ...resultCases,
};
