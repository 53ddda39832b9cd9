import { problemKinds, type ProblemCode } from '@computalot/contracts';
import type { Method, Operation, PlacedOperation, Response, Schema } from '../api-document.js';
import { isAdminPath } from '../../authenticate/admin-paths.js';
import { headersOf, RATE_HEADERS, takesKey, type HeaderName } from './headers.js';
import { problemExample } from './problem-example.js';

/** Under which `AnswersProblems` leaves the codes that only this operation answers; no part of the finished document. */
export const PROBLEMS = 'x-problems';

const READS: ReadonlySet<Method> = new Set(['get']);

/** Codes that every operation answers, whatever it does. */
const ALWAYS: readonly ProblemCode[] = [
  'unauthorized',
  'headers_too_large',
  'rate_limited',
  'internal',
  'dependency_unavailable',
];
/** What reading a body may come to, also where none is wanted. */
const WITH_BODY: readonly ProblemCode[] = [
  'malformed_json',
  'request_timeout',
  'payload_too_large',
  'unsupported_media_type',
  'validation_failed',
];

/** What a key that names the request may come to. */
const WITH_KEY: readonly ProblemCode[] = ['malformed_request', 'idempotency_in_progress', 'idempotency_key_reused'];

/** Every code that an operation may answer: what its form implies, and what it says of itself. */
export function problemCodesOf({ path, method, operation }: PlacedOperation): ProblemCode[] {
  const isWrite = !READS.has(method);
  const has = (place: string) => operation.parameters?.some((parameter) => parameter.in === place) ?? false;
  return [
    ...new Set([
      ...ALWAYS,
      ...(isWrite ? WITH_BODY : []),
      ...(isWrite || isAdminPath(path) ? (['forbidden'] as const) : []),
      ...(has('query') ? (['validation_failed'] as const) : []),
      ...(has('path') ? (['malformed_request', 'not_found'] as const) : []),
      ...(takesKey(operation) ? WITH_KEY : []),
      ...('206' in operation.responses ? (['range_not_satisfiable'] as const) : []),
      ...((operation as { [PROBLEMS]?: readonly ProblemCode[] })[PROBLEMS] ?? []),
    ]),
  ];
}

/** The operation with an answer per status of its problems, each with the codes that it may have. */
export function withProblemAnswers(placed: PlacedOperation): Operation {
  const { [PROBLEMS]: _, ...operation } = placed.operation as Operation & { [PROBLEMS]?: unknown };
  const byStatus = Map.groupBy(problemCodesOf(placed), (code) => problemKinds[code].status);
  const statuses = [...byStatus.keys()].sort((a, b) => a - b);
  const answers = statuses.map((status) => [status, answerOf(byStatus.get(status) ?? [])]);
  return { ...operation, responses: { ...operation.responses, ...(Object.fromEntries(answers) as object) } };
}

/** An answer with one code is the same wherever it is given. */
function answerOf(codes: readonly ProblemCode[]): Response {
  const [code] = codes;
  return codes.length === 1 && code ? { $ref: `#/components/responses/${componentName(code)}` } : problemAnswer(codes);
}

const componentName = (code: string) =>
  code.replace(/(^|_)([a-z])/g, (_match, _before, letter: string) => letter.toUpperCase());

/** For `components.responses`: the answers with one code that some operation refers to. */
export function problemComponents(operations: readonly Operation[]): Record<string, Response> {
  const used = new Set(operations.flatMap(({ responses }) => Object.values(responses).map(({ $ref }) => $ref)));
  const answers = (Object.keys(problemKinds) as ProblemCode[]).map(
    (code) => [componentName(code), problemAnswer([code])] as const,
  );
  return Object.fromEntries(answers.filter(([name]) => used.has(`#/components/responses/${name}`)));
}

function problemAnswer(codes: readonly ProblemCode[]): Response {
  const status = codes[0] ? problemKinds[codes[0]].status : 500;
  return {
    description: codes.map((code) => `\`${code}\`: ${problemKinds[code].title}.`).join(' '),
    ...headersOf(
      ['X-Request-Id', ...(PROBLEM_HEADERS[status] ?? []), ...(codes.some(isEarly) ? [] : RATE_HEADERS)],
      [
        ...codes.flatMap((code) => HEADERS_OF_CODE[code] ?? []),
        ...(codes.some(isEarly) && codes.some((code) => !ALWAYS_EARLY.has(code)) ? RATE_HEADERS : []),
      ],
    ),
    content: {
      'application/problem+json': {
        schema: problemSchema(status, codes),
        examples: Object.fromEntries(codes.map((code) => [code, { value: problemExample(code) }])),
      },
    },
  };
}

function problemSchema(status: number, codes: readonly ProblemCode[]): Schema {
  return {
    allOf: [
      { $ref: '#/components/schemas/Problem' },
      { type: 'object', properties: { status: { type: 'integer', const: status }, code: { enum: codes } } },
    ],
  };
}

/** Beyond those of the status; an answer of the same status with another code may lack them. */
const HEADERS_OF_CODE: Readonly<Partial<Record<ProblemCode, readonly HeaderName[]>>> = {
  idempotency_in_progress: ['Retry-After'],
};

/** Given before anybody knows whose request it is. */
const ALWAYS_EARLY: ReadonlySet<ProblemCode> = new Set(['unauthorized', 'headers_too_large', 'request_timeout']);
/** Given then or later. */
const SOMETIMES_EARLY: ReadonlySet<ProblemCode> = new Set(['malformed_request', 'internal', 'dependency_unavailable']);
const isEarly = (code: ProblemCode): boolean => ALWAYS_EARLY.has(code) || SOMETIMES_EARLY.has(code);

const PROBLEM_HEADERS: Readonly<Record<number, readonly HeaderName[]>> = {
  401: ['WWW-Authenticate'],
  416: ['Content-Range'],
  429: ['Retry-After'],
  503: ['Retry-After'],
};
