import { beforeAll, describe, expect, test } from '@jest/globals';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { operationsOf, type ApiDocument, type MediaType, type PlacedOperation } from './api-document.js';
import { buildDocument } from './build-document.js';
import { tags } from './complete-document/tags.js';

let document: ApiDocument;
let operations: PlacedOperation[];
beforeAll(async () => {
  document = (await buildDocument()) as unknown as ApiDocument;
  operations = operationsOf(document);
});

async function lint(source: unknown): Promise<string[]> {
  const config = await createConfig({ extends: ['recommended-strict'] });
  const problems = await lintFromString({ source: JSON.stringify(source), absoluteRef: '/openapi.json', config });
  return problems.map(({ ruleId, message, location }) => `${ruleId}: ${message} at ${location[0]?.pointer}`);
}

describe('the OpenAPI document', () => {
  test('passes the strict rules of the linter, none left out', async () => {
    expect(await lint(document)).toEqual([]);
  });

  test('would not pass with an example that is not of its schema', async () => {
    const text = JSON.stringify(document).replace('"status":"running"', '"status":"walking"');
    expect((await lint(JSON.parse(text))).join('\n')).toContain('examples');
  });

  test('says of every operation what it is, in more than its name', () => {
    const known = new Set(tags.map(({ name }) => name));
    const faults = operations.flatMap(({ operation }) => [
      ...(operation.summary ? [] : [`${operation.operationId} has no summary`]),
      ...(operation.description ? [] : [`${operation.operationId} has no description`]),
      ...(operation.security?.length ? [] : [`${operation.operationId} does not say that it needs a key`]),
      ...(operation.tags?.length === 1 && known.has(operation.tags[0] ?? '')
        ? []
        : [`${operation.operationId} has no tag of complete-document/tags.ts`]),
    ]);
    expect(faults).toEqual([]);
  });

  test('describes every parameter (those of paths: complete-document/path-parameters.ts)', () => {
    const undescribed = operations.flatMap(({ path, operation }) =>
      (operation.parameters ?? [])
        .filter(({ description }) => !description)
        .map(({ name }) => `${operation.operationId}: ${name} in ${path}`),
    );
    expect(undescribed).toEqual([]);
  });

  test('shows an example of every body (complete-document/examples.ts)', () => {
    const without = operations.flatMap(({ operation: { operationId, requestBody, responses } }) => {
      const bodies = [requestBody, ...Object.values(responses)].flatMap((body) => Object.entries(body?.content ?? {}));
      return bodies.filter(([, media]) => !hasExample(media)).map(([type]) => `${operationId}: ${type}`);
    });
    expect(without).toEqual([]);
  });
});

function hasExample({ schema, example, examples }: MediaType): boolean {
  return example !== undefined || examples !== undefined || schema.format === 'binary';
}
