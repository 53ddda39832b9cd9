import { describe, expect, test } from '@jest/globals';
import { publicError } from './public-error.js';

describe('an error in public', () => {
  test.each([
    [
      'the result could not be stored: connect ECONNREFUSED 10.1.2.3:9000',
      'the result could not be stored: connect ECONNREFUSED …',
    ],
    [
      "ENOENT: no such file or directory, open '/data/w7/slots/3/out/r.json'",
      "ENOENT: no such file or directory, open '…'",
    ],
    ['PUT https://minio.internal:9000/bucket/jobs/1?X-Amz-Signature=ab failed', 'PUT … failed'],
    ['getaddrinfo ENOTFOUND minio.storage.svc.cluster.local', 'getaddrinfo ENOTFOUND …'],
    ['held by wrk_01m8840bmef7t8v4w9r0q2z6xk (019f6c55-0a1b-7c3d-8e4f-5a6b7c8d9e0f)', 'held by … (…)'],
    ['The worker stopped answering while it held the task.', 'The worker stopped answering while it held the task.'],
    [
      'an artifact could not be stored: HTTP 503/busy, 3 of 7.5 MB',
      'an artifact could not be stored: HTTP 503/busy, 3 of 7.5 MB',
    ],
  ])('of the platform tells no place: %s', (message, shown) => {
    expect(publicError({ code: 'infrastructure', message })).toEqual({ code: 'infrastructure', message: shown });
  });

  test("that speaks of the user's program keeps every word", () => {
    const error = { code: 'command_not_found', message: "command not found: '/opt/me/run' is not in PATH" };
    expect(publicError(error)).toEqual(error);
  });

  test('has a code and a message, whatever else was recorded', () => {
    const recorded = { code: 'exit', message: 'm', worker_id: 'x' };
    expect(publicError(recorded)).toEqual({ code: 'exit', message: 'm' });
    expect(publicError(undefined)).toBeNull();
    expect(publicError(null)).toBeNull();
  });
});
