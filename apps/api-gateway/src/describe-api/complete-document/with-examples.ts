import type { MediaType, Operation, PlacedOperation, Schema } from '../api-document.js';
import { answerExamples, requestExamples, schemaExamples } from './examples.js';

type Content = Readonly<Record<string, MediaType>>;

/** The operation with an example for every body that has one. */
export function withExamples({ operation }: PlacedOperation): Operation {
  const { operationId, requestBody, responses } = operation;
  return {
    ...operation,
    ...(requestBody && {
      requestBody: { ...requestBody, content: ofRequest(requestBody.content, requestExamples[operationId]) },
    }),
    responses: Object.fromEntries(
      Object.entries(responses).map(([status, response]) => [
        status,
        response.content ? { ...response, content: ofAnswer(response.content, answerExamples[operationId]) } : response,
      ]),
    ),
  };
}

function ofRequest(content: Content, named: MediaType['examples']): Content {
  return mapContent(content, (_, media) => (named ? { ...media, examples: named } : withExample(media)));
}

function ofAnswer(content: Content, special: Readonly<Record<string, unknown>> = {}): Content {
  return mapContent(content, (type, media) =>
    type in special ? { ...media, example: special[type] } : withExample(media),
  );
}

function mapContent(content: Content, change: (type: string, media: MediaType) => MediaType): Content {
  return Object.fromEntries(Object.entries(content).map(([type, media]) => [type, change(type, media)]));
}

function withExample(media: MediaType): MediaType {
  if (media.example !== undefined || media.examples) return media;
  const example = exampleOf(media.schema);
  return example === undefined ? media : { ...media, example };
}

/** Of a named schema its own; of a list a page with one. */
function exampleOf(schema: Schema): unknown {
  if (typeof schema.$ref === 'string') return schemaExamples[schema.$ref.split('/').at(-1) ?? ''];
  const lists = Object.entries((schema.properties ?? {}) as Record<string, Schema>).filter(
    ([, property]) => property.type === 'array',
  );
  const [name, list] = lists[0] ?? [];
  const item = list && exampleOf(list.items as Schema);
  return name === undefined || item === undefined ? undefined : { [name]: [item], next_cursor: null };
}
