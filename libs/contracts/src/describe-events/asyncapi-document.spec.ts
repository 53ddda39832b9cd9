import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { Parser } from '@asyncapi/parser';
import addFormats from 'ajv-formats';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { events } from '../events.js';
import { asyncApiDocument, REGENERATE_ASYNCAPI } from './asyncapi-document.js';
import { eventExamples } from './event-examples.js';

async function faults(source: string): Promise<string[]> {
  const { diagnostics } = await new Parser().parse(source);
  return diagnostics.map(({ code, message, path }) => `${String(code)}: ${message} at ${path.join('/')}`);
}

test('the committed document is the one that the definitions give', () => {
  const committed: unknown = JSON.parse(
    readFileSync(new URL('../../../../docs/generated/asyncapi.json', import.meta.url), 'utf8'),
  );
  if (JSON.stringify(committed) !== JSON.stringify(asyncApiDocument())) {
    throw new Error(`docs/generated/asyncapi.json is out of date. Build libs/contracts, then: ${REGENERATE_ASYNCAPI}`);
  }
  expect(committed).toHaveProperty(['channels', 'job.finished.v1']);
});

test('the public parser has nothing to say about it', async () => {
  expect(await faults(JSON.stringify(asyncApiDocument()))).toEqual([]);
});

test('it would say so of a channel without its message', async () => {
  const text = JSON.stringify(asyncApiDocument()).replace(
    '"#/components/messages/job.planned.v1"',
    '"#/components/messages/job.planed.v1"',
  );
  expect((await faults(text)).join('\n')).toContain('job.planned.v1');
});

test.each(events.map((event) => [event.type, event] as const))('the example of %s is one', (type, { schema }) => {
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  const example = eventExamples.get(type);
  expect(ajv.validate(schema, example?.data) || ajv.errorsText()).toBe(true);
  expect(ajv.validate({ ...schema, additionalProperties: false }, example?.data) || ajv.errorsText()).toBe(true);
});
