import { expect, test } from '@jest/globals';
import { assertNever } from './assert-never.js';
import { DomainError, isDomainError } from './domain-error.js';

test('keeps its code, detail and cause', () => {
  const cause = new Error('below');
  const error = new DomainError('job_not_found', 'There is no such job.', { cause });
  expect(error).toMatchObject({ code: 'job_not_found', detail: 'There is no such job.', cause });
  expect(isDomainError(error)).toBe(true);
  expect(isDomainError(cause)).toBe(false);
});

test('a case that slipped in throws and names itself', () => {
  expect(() => assertNever('odd' as never, 'shape')).toThrow('unhandled shape: "odd"');
});
