import { problemKinds, type ProblemCode } from '@computalot/contracts';
import { applyDecorators } from '@nestjs/common';
import { ApiQuery, ApiResponse } from '@nestjs/swagger';

/** Decorators that say in the OpenAPI document what a route takes and answers; schemas are named in `schemas.ts`. */
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

export const ApiJob = (status: 200 | 201) =>
  ApiResponse({
    status,
    description: 'The job object.',
    ...(status === 201
      ? { headers: { Location: { description: 'Path of the job.', schema: { type: 'string' } } } }
      : {}),
    content: { 'application/json': { schema: ref('Job') } },
  });

export const ApiBodyOf = (status: number, schema: string, description: string) =>
  ApiResponse({ status, description, content: { 'application/json': { schema: ref(schema) } } });

/** An answer that may come in several forms, by media type: the name of a schema, 'any' for any JSON, or 'bytes' for text and files. */
export const ApiForms = (status: number, description: string, forms: Readonly<Record<string, string>>) =>
  ApiResponse({
    status,
    description,
    content: Object.fromEntries(
      Object.entries(forms).map(([type, schema]) => [
        type,
        { schema: schema === 'bytes' ? { type: 'string' as const } : schema === 'any' ? {} : ref(schema) },
      ]),
    ),
  });

/** A part of the bytes, for a request with Range. */
export const ApiPart = (type: string) =>
  ApiForms(206, 'The part that Range asked for, named by Content-Range.', { [type]: 'bytes' });

/** A list: `{<name>: […], next_cursor}`. */
export const ApiList = (name: string, schema: string) =>
  ApiResponse({
    status: 200,
    description: `A page of ${name}.`,
    content: {
      'application/json': {
        schema: {
          type: 'object',
          required: [name, 'next_cursor'],
          properties: {
            [name]: { type: 'array', items: ref(schema) },
            next_cursor: { type: 'string', nullable: true },
          },
        },
      },
    },
  });

export const ApiPaging = () =>
  applyDecorators(
    ApiQuery({ name: 'limit', required: false, schema: { type: 'integer', minimum: 1, maximum: 500, default: 50 } }),
    ApiQuery({
      name: 'cursor',
      required: false,
      description: 'next_cursor of the page before.',
      schema: { type: 'string' },
    }),
  );

export const ApiFilters = (filters: Readonly<Record<string, string>>) =>
  applyDecorators(
    ...Object.entries(filters).map(([name, description]) =>
      ApiQuery({
        name,
        required: false,
        description,
        ...(name === 'tag'
          ? { schema: { type: 'array', items: { type: 'string' } }, explode: true }
          : { schema: { type: 'string' } }),
      }),
    ),
  );

/** Problems beyond 401, 403, 500 and 503, which every route may answer. */
export const AnswersProblems = (...statuses: readonly number[]) =>
  applyDecorators(
    ...[...new Set([401, 403, ...statuses, 500, 503])].map((status) =>
      ApiResponse({
        status,
        description: codesOf(status).join(' · '),
        content: { 'application/problem+json': { schema: ref('Problem') } },
      }),
    ),
  );

function codesOf(status: number): string[] {
  return (Object.keys(problemKinds) as ProblemCode[]).filter((code) => problemKinds[code].status === status);
}
