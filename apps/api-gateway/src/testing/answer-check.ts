import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formatsModule from 'ajv-formats';
import type { Answer } from './start-gateway.js';

type Json = Record<string, unknown>;
export interface Operation {
  readonly operationId: string;
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: Json }>> }>
  >;
}
export interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Json>> };
}

/** Says what in an answer the document does not say; nothing when it is all there. */
export class AnswerCheck {
  private readonly ajv = new Ajv2020({ allErrors: true, strict: false });
  private readonly operations: ReadonlyMap<string, Operation>;

  constructor(document: ApiDocument) {
    formatsModule.default(this.ajv);
    this.operations = new Map(
      Object.values(document.paths).flatMap((path) =>
        Object.values(path).map((operation) => [operation.operationId, operation]),
      ),
    );
    this.ajv.addSchema({ $id: 'api', components: { schemas: closed(document.components.schemas) } });
  }

  get operationIds(): string[] {
    return [...this.operations.keys()].sort();
  }

  faults(operationId: string, { status, headers, text }: Answer): string[] {
    const response = this.operations.get(operationId)?.responses[status];
    if (!response) return [`${operationId} does not say that it answers ${status}`];
    const type = String(headers['content-type'] ?? '').split(';')[0] ?? '';
    if (status === 204) return response.content ? [`${operationId} says that 204 has a body`] : [];
    const content = response.content?.[type];
    if (!content) return [`${operationId} does not say that ${status} is ${type}`];
    if (!/json/.test(type)) return [];
    const validate = this.schemaOf(content.schema);
    const values = type.includes('ndjson') ? text.trimEnd().split('\n') : [text];
    return values.flatMap((value) =>
      validate(JSON.parse(value))
        ? []
        : (validate.errors ?? []).map(
            (error) =>
              `${operationId} ${status} ${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`,
          ),
    );
  }

  private schemaOf(schema: Json): ValidateFunction {
    const text = JSON.stringify(closed(schema)).replaceAll('"#/components', '"api#/components');
    return this.ajv.compile(JSON.parse(text) as Json);
  }
}

/** The schema with no fields but those it names, unless it says that there may be others: an undocumented field is a fault too. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  const isOpen = !('properties' in inner) || typeof inner.properties !== 'object' || 'additionalProperties' in inner;
  return isOpen ? inner : { ...inner, additionalProperties: false };
}
