import { readFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { declaredFields } from '../submit-job/faults.js';
import { SubmitJobDto } from '../submit-job/submit-job.dto.js';
import { buildDocument } from './build-document.js';
import { OPENAPI_FILE } from './openapi-file.js';
import { swaggerAsset } from './swagger-page.js';

type Document = {
  paths: Record<string, Record<string, { operationId?: string; responses: Record<string, unknown> }>>;
  components: { schemas: Record<string, { properties?: object }> };
};

describe('the OpenAPI document', () => {
  test('that is committed is what the code says (write-document.main writes it)', async () => {
    const built = JSON.parse(JSON.stringify(await buildDocument())) as unknown;
    expect(JSON.parse(await readFile(OPENAPI_FILE, 'utf8'))).toEqual(built);
  });

  test('resolves every reference and names every operation once', async () => {
    const document = (await buildDocument()) as unknown as Document;
    const text = JSON.stringify(document);
    const names = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map((match) => match[1] ?? '');
    expect(names.filter((name) => !(name in document.components.schemas))).toEqual([]);
    const ids = Object.values(document.paths).flatMap((path) =>
      Object.values(path).map(({ operationId }) => operationId),
    );
    expect(new Set(ids).size).toBe(ids.length);
    expect(text).not.toContain('"nullable"');
  });

  test('describes every field that a submission may have', async () => {
    const document = (await buildDocument()) as unknown as Document;
    const described = Object.keys(document.components.schemas.SubmitJobDto?.properties ?? {});
    expect(described.sort()).toEqual([...declaredFields(SubmitJobDto)].sort());
  });
});

test('assets of the page exist, and no other file is served', async () => {
  for (const name of ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png']) {
    const asset = swaggerAsset(name);
    expect((await readFile(asset?.path ?? '')).length).toBeGreaterThan(100);
  }
  for (const name of ['package.json', '../package.json', 'constructor', 'index.html'])
    expect(swaggerAsset(name)).toBeNull();
});
