import type { ProblemCode } from '@computalot/contracts';
import { applyDecorators } from '@nestjs/common';
import { ApiExtension, ApiQuery, ApiResponse } from '@nestjs/swagger';
import { headersOf, type HeaderName } from './complete-document/headers.js';
import { PROBLEMS } from './complete-document/problem-answers.js';

/** Decorators that say in the OpenAPI document what a route takes and answers; schemas are named in `schemas.ts`. */
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

/** The schema of a property that may be any JSON. */
export const anyJson = {
  anyOf: ['object', 'array', 'string', 'number', 'boolean', 'null'].map((type) => ({ type })),
};

export const ApiJob = (status: 200 | 201 | 202) =>
  ApiResponse({
    status,
    description: 'The job object.',
    ...headers(status === 201 ? ['Location'] : []),
    content: { 'application/json': { schema: ref('Job') } },
  });

/** `has` names the headers of `complete-document/headers.ts` that the answer carries. */
export const ApiBodyOf = (status: number, schema: string, description: string, has: readonly HeaderName[] = []) =>
  ApiResponse({ status, description, ...headers(has), content: { 'application/json': { schema: ref(schema) } } });

/** An answer that may come in several forms, by media type: the name of a schema, 'any' for any JSON, or 'bytes' for text and files. */
export const ApiForms = (
  status: number,
  description: string,
  forms: Readonly<Record<string, string>>,
  has: readonly HeaderName[] = [],
  sometimes: readonly HeaderName[] = [],
) =>
  ApiResponse({
    status,
    description,
    ...headers(has, sometimes),
    content: Object.fromEntries(
      Object.entries(forms).map(([type, schema]) => [
        type,
        { schema: schema === 'bytes' ? { type: 'string' as const } : schema === 'any' ? {} : ref(schema) },
      ]),
    ),
  });

/** A part of the bytes, for a request with Range. */
export const ApiPart = (type: string, has: readonly HeaderName[] = [], sometimes: readonly HeaderName[] = []) =>
  ApiForms(
    206,
    'The part that Range asked for, named by Content-Range.',
    { [type]: 'bytes' },
    ['Accept-Ranges', 'Content-Range', ...has],
    sometimes,
  );

/** Server-sent events; each is described by the schema `<Name>Event`. */
export const ApiEvents = (...names: readonly string[]) =>
  ApiResponse({
    status: 200,
    description: 'The events, one after the other, until the server closes.',
    content: {
      'text/event-stream': {
        schema: {
          type: 'string',
          contentMediaType: 'text/event-stream',
          contentSchema: { type: 'array', items: { oneOf: names.map((name) => ref(`${name}Event`)) } },
        } as object,
      },
    },
  });

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
    ApiQuery({
      name: 'limit',
      required: false,
      description: 'Most things on a page.',
      schema: { type: 'integer', minimum: 1, maximum: 500, default: 50 },
    }),
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

/**
 * Codes of problems that only this operation answers. What follows from its form (a key, a role, parameters, a body, a range) and what every
 * operation answers is added when the document is built: `complete-document/problem-answers.ts`.
 */
export const AnswersProblems = (...codes: readonly ProblemCode[]) => ApiExtension(PROBLEMS, codes);

/** `ApiResponse` has no type for references to headers. */
const headers = (names: readonly HeaderName[], sometimes: readonly HeaderName[] = []) =>
  headersOf(names, sometimes) as object;
