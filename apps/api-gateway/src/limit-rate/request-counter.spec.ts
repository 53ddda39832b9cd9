import { describe } from '@jest/globals';
import { requestCounterConformance } from './request-counter.conformance.js';
import { memoryLimiter, RequestCounter } from './request-counter.js';

describe('counts in memory', () => {
  requestCounterConformance((allowance) => new RequestCounter(allowance, memoryLimiter(allowance)));
});
