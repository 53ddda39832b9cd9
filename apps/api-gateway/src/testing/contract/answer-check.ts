import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formatsModule from 'ajv-formats';
import {
  operationsOf,
  type ApiDocument,
  type MediaType,
  type PlacedOperation,
  type Response,
  type Schema,
} from '../../describe-api/api-document.js';
import { eventsIn, linesIn } from './read-answer.js';
import type { Answer } from '../start-gateway.js';

/** What connections and caches need; says nothing of the API. */
const TRANSPORT = new Set([
  'accept-encoding',
  'cache-control',
  'connection',
  'content-length',
  'content-type',
  'date',
  'keep-alive',
  'transfer-encoding',
  'x-accel-buffering',
]);

/** Says what in an answer the document does not say; nothing when it is all there. */
export class AnswerCheck {
  private readonly ajv = new Ajv2020({ allErrors: true, strict: false });
  private readonly validators = new Map<Schema, ValidateFunction>();
  readonly operations: ReadonlyMap<string, PlacedOperation>;

  constructor(private readonly document: ApiDocument) {
    formatsModule.default(this.ajv);
    this.operations = new Map(operationsOf(document).map((placed) => [placed.operation.operationId, placed]));
    this.ajv.addSchema({ $id: 'api', components: { schemas: closed(document.components.schemas) } });
  }

  /** The answer that an operation declares for a status. */
  responseOf(operationId: string, status: number): Response | undefined {
    const response = this.operations.get(operationId)?.operation.responses[status];
    return response?.$ref ? this.document.components.responses?.[lastOf(response.$ref)] : response;
  }

  faults(operationId: string, answer: Answer): string[] {
    const response = this.responseOf(operationId, answer.status);
    if (!response) return [`${operationId} does not say that it answers ${answer.status}`];
    const faults = [...this.headerFaults(response, answer), ...this.bodyFaults(response, answer)];
    return faults.map((fault) => `${operationId} ${answer.status}: ${fault}`);
  }

  private headerFaults(response: Response, { headers }: Answer): string[] {
    const declared = new Map(
      Object.entries(response.headers ?? {}).map(([name, header]) => [name.toLowerCase(), this.headerOf(header)]),
    );
    const undeclared = Object.keys(headers).filter((name) => !declared.has(name) && !TRANSPORT.has(name));
    const missing = [...declared].filter(([name, { required }]) => required === true && headers[name] === undefined);
    const wrong = [...declared].filter(
      ([name, { schema }]) => headers[name] !== undefined && !fits(schema as Schema, String(headers[name])),
    );
    return [
      ...undeclared.map((name) => `the header ${name} is not described`),
      ...missing.map(([name]) => `the header ${name} is missing`),
      ...wrong.map(([name]) => `the header ${name} is not of its type: ${String(headers[name])}`),
    ];
  }

  private headerOf(header: Schema): Schema {
    return typeof header.$ref === 'string' ? (this.document.components.headers?.[lastOf(header.$ref)] ?? {}) : header;
  }

  private bodyFaults({ content }: Response, { status, headers, text }: Answer): string[] {
    if (status === 204) return content || text !== '' ? ['204 has a body'] : [];
    const type = String(headers['content-type'] ?? '').split(';')[0] ?? '';
    const media = content?.[type];
    if (!media) return [`the body is ${type}, which is not described`];
    if (type === 'text/event-stream') return this.eventFaults(media, text);
    if (type === 'application/x-ndjson')
      return linesIn(text).flatMap((line) => this.valueFaults(media.schema, JSON.parse(line)));
    return /json/.test(type) ? this.valueFaults(media.schema, JSON.parse(text)) : [];
  }

  private eventFaults({ schema }: MediaType, text: string): string[] {
    const { items } = schema.contentSchema as { items: { oneOf: { $ref: string }[] } };
    const schemas = items.oneOf.map(
      ({ $ref }) => this.document.components.schemas[lastOf($ref)]?.properties as Record<string, Schema>,
    );
    return eventsIn(text).flatMap(({ event, data }) => {
      const described = schemas.find((properties) => properties.event?.const === event);
      return described
        ? this.valueFaults(described.data?.contentSchema as Schema, JSON.parse(data))
        : [`the event ${event} is not described`];
    });
  }

  private valueFaults(schema: Schema, value: unknown): string[] {
    const validate = this.validatorOf(schema);
    if (validate(value)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  }

  private validatorOf(schema: Schema): ValidateFunction {
    let validate = this.validators.get(schema);
    if (!validate) {
      const text = JSON.stringify(closed(schema)).replaceAll('"#/components', '"api#/components');
      this.validators.set(schema, (validate = this.ajv.compile(JSON.parse(text) as Schema)));
    }
    return validate;
  }
}

const lastOf = (ref: string): string => ref.split('/').at(-1) ?? '';

function fits({ type }: Schema, text: string): boolean {
  return type === 'integer' ? /^\d+$/.test(text) : text !== '';
}

/**
 * The schema with no fields but those it names, unless it says that there may be others: an undocumented field is a fault too. Parts of an `allOf`
 * see the fields of each other.
 */
export function closed(schema: unknown, isPart = false): unknown {
  if (Array.isArray(schema)) return schema.map((each) => closed(each, isPart));
  if (typeof schema !== 'object' || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value, key === 'allOf')]));
  const isOpen = !('properties' in inner) || typeof inner.properties !== 'object' || 'additionalProperties' in inner;
  return isOpen || isPart ? inner : { ...inner, additionalProperties: false };
}
