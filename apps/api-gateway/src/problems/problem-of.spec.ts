import { describe, expect, test } from '@jest/globals';
import { problemKinds } from '@computalot/contracts';
import { ObjectStoreError } from '@computalot/object-store';
import { HttpException } from '@nestjs/common';
import { answerOf, problemBody } from './problem-of.js';
import { Refusal } from './refusal.js';

const withCode = (code: string, message = 'secret internals') => Object.assign(new Error(message), { code });

describe('what was thrown becomes', () => {
  test.each<[string, unknown, string]>([
    ['a refusal', new Refusal('project_exists', 'x'), 'project_exists'],
    ['no such route', new HttpException('Cannot GET /x', 404), 'route_not_found'],
    ['a body too large', new HttpException('x', 413), 'payload_too_large'],
    ['a strange type', new HttpException('x', 415), 'unsupported_media_type'],
    ['a malformed request', new HttpException('x', 400), 'malformed_request'],
    ['a fault of Fastify', Object.assign(new Error('x'), { statusCode: 413 }), 'payload_too_large'],
    ['a closing server', new HttpException('x', 503), 'dependency_unavailable'],
    ['no database', withCode('ECONNREFUSED'), 'dependency_unavailable'],
    ['a starting database', withCode('57P03'), 'dependency_unavailable'],
    ['a database without connections left', withCode('53300'), 'dependency_unavailable'],
    ['a lost connection', new Error('Connection terminated unexpectedly'), 'dependency_unavailable'],
    ['no connection at any address', new AggregateError([withCode('ECONNREFUSED')]), 'dependency_unavailable'],
    ['no object store', new ObjectStoreError('get', 'k', new Error('x')), 'dependency_unavailable'],
    ['a defect of SQL', withCode('22P05'), 'internal'],
    ['a missing file', Object.assign(withCode('ENOENT'), { syscall: 'open' }), 'internal'],
    ['a defect', new TypeError('secret internals'), 'internal'],
    ['something else', 'secret internals', 'internal'],
    ['nothing', undefined, 'internal'],
  ])('%s', (_name, error, code) => {
    const answer = answerOf(error);
    expect(answer.code).toBe(code);
    expect(answer.detail).not.toContain('secret');
    if (code === 'dependency_unavailable') expect(answer.headers).toHaveProperty('retry-after');
  });
});

test('the body says what, where and what to do, without the query', () => {
  const body = problemBody(answerOf(Refusal.invalid([{ pointer: '/a', detail: 'is wrong' }])), {
    url: '/api/v1/jobs?x=1',
    id: 'req_1',
  });
  expect(body).toEqual({
    type: '/docs/problems/validation_failed',
    title: problemKinds.validation_failed.title,
    status: 422,
    detail: '/a: is wrong',
    instance: '/api/v1/jobs',
    code: 'validation_failed',
    errors: [{ pointer: '/a', detail: 'is wrong' }],
    recommended_action: problemKinds.validation_failed.recommended_action,
    request_id: 'req_1',
  });
});
