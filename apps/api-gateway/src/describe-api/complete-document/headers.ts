import type { Operation, Response, Schema } from '../api-document.js';

interface Header extends Schema {
  readonly description: string;
  readonly schema: Schema;
  readonly example: unknown;
}

const text: Schema = { type: 'string' };

/** Headers of answers, by name; `required: true` where an answer that declares it always has it. */
const headers = {
  'X-Request-Id': {
    description: 'Names this request in the logs; also `request_id` of a problem.',
    required: true,
    schema: text,
    example: 'req_01998f2e-7c1a-7d3e-9c55-0d2f6b7a8e90',
  },
  Location: {
    description: 'Path of what was created.',
    required: true,
    schema: text,
    example: '/api/v1/jobs/job_01k66jwz0sfmhvr1a2b3c4d5e6',
  },
  'Content-Disposition': {
    description: 'The file name, for saving it.',
    required: true,
    schema: text,
    example: 'attachment; filename="model.bin"',
  },
  'Content-Range': {
    description: 'The part that this is, or the size when the range lies outside.',
    required: true,
    schema: text,
    example: 'bytes 0-1/5',
  },
  'Accept-Ranges': { description: 'Range requests are taken here.', schema: text, example: 'bytes' },
  ETag: {
    description:
      'Names exactly this content: of a file its SHA-256 (missing when it lies elsewhere and nobody has said it), of a value of the key-value store its version.',
    required: true,
    schema: text,
    example: '"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"',
  },
  'X-Content-Type-Options': {
    description: 'Browsers do not guess what the bytes are.',
    schema: text,
    example: 'nosniff',
  },
  'Retry-After': {
    description: 'Seconds to wait before asking again.',
    required: true,
    schema: { type: 'integer', minimum: 0 },
    example: 2,
  },
  RateLimit: {
    description: 'What is left of the allowance: `r` requests for the next `t` seconds.',
    required: true,
    schema: text,
    example: '"account";r=9994;t=8',
  },
  'RateLimit-Policy': {
    description: 'The allowance: `q` requests in every `w` seconds.',
    required: true,
    schema: text,
    example: '"account";q=10000;w=10',
  },
  'Idempotency-Replayed': {
    description: 'This is the stored answer to an earlier request with the same Idempotency-Key.',
    schema: { type: 'string', enum: ['true'] },
    example: 'true',
  },
  'WWW-Authenticate': {
    description: 'How to authenticate.',
    required: true,
    schema: text,
    example: 'Bearer realm="computalot"',
  },
} as const satisfies Record<string, Header>;

export type HeaderName = keyof typeof headers;

/** Of every answer to a request whose key was accepted. */
export const RATE_HEADERS = ['RateLimit', 'RateLimit-Policy'] as const satisfies readonly HeaderName[];

/** The member `headers` of an answer; `sometimes` names those that it may lack. */
export function headersOf(
  names: readonly HeaderName[],
  sometimes: readonly HeaderName[] = [],
): Pick<Response, 'headers'> {
  const optional = sometimes.map((name) => [name, { ...headers[name], required: false }] as const);
  const all = [...optional, ...names.map((name) => [name, refTo(name)] as const)];
  return all.length === 0 ? {} : { headers: Object.fromEntries(all) };
}

/** Whether the operation takes an Idempotency-Key, and so may answer with what it answered before. */
export function takesKey({ parameters = [] }: Operation): boolean {
  return parameters.some((parameter) => parameter.in === 'header' && parameter.name === 'Idempotency-Key');
}

const refTo = (name: string): Schema => ({ $ref: `#/components/headers/${componentName(name)}` });
const componentName = (name: string) => name.replaceAll('-', '');

/** For `components.headers`. */
export const headerComponents: Readonly<Record<string, Schema>> = Object.fromEntries(
  Object.entries(headers).map(([name, header]) => [componentName(name), header]),
);

/** The operation with the headers that every answer of its has. */
export function withCommonHeaders(operation: Operation): Operation {
  const names: readonly HeaderName[] = [
    'X-Request-Id',
    ...RATE_HEADERS,
    ...(takesKey(operation) ? (['Idempotency-Replayed'] as const) : []),
  ];
  const responses = Object.entries(operation.responses).map(([status, response]) => [
    status,
    response.$ref ? response : { ...response, headers: { ...headersOf(names).headers, ...response.headers } },
  ]);
  return { ...operation, responses: Object.fromEntries(responses) as Operation['responses'] };
}
