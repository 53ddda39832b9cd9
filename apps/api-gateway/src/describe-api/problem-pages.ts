import { problemKinds, type ProblemCode } from '@computalot/contracts';
import { operationsOf, type ApiDocument, type PlacedOperation, type Response, type Schema } from './api-document.js';

/** One page with every problem, for reading; each has an anchor with its code. */
export function problemsPage(document: ApiDocument): string {
  const codes = Object.keys(problemKinds) as ProblemCode[];
  return page('Problem codes', codes.map((code) => described(document, code)).join('\n'));
}

/** What the `type` of a problem leads to; null for a code that there is not. */
export function problemPage(document: ApiDocument, code: string): string | null {
  return isCode(code) ? page(code, described(document, code)) : null;
}

const isCode = (code: string): code is ProblemCode => Object.hasOwn(problemKinds, code);

function described(document: ApiDocument, code: ProblemCode): string {
  const { status, title, recommended_action } = problemKinds[code];
  const operations = operationsOf(document).filter(({ operation }) => answers(document, operation.responses, code));
  return [
    `<h2 id="${code}"><code>${code}</code></h2><p>${status}: ${html(title)}.</p><p>${html(recommended_action)}</p>`,
    operations.length > 0 ? `<p>Answered by</p><ul>${operations.map(linkTo).join('')}</ul>` : '',
  ].join('');
}

/** Into the interactive documentation. */
function linkTo({ path, method, operation }: PlacedOperation): string {
  const href = `/docs#/${operation.tags?.[0] ?? ''}/${operation.operationId}`;
  return `<li><a href="${href}">${method.toUpperCase()} ${html(path)}</a> ${html(operation.summary ?? '')}</li>`;
}

function answers(document: ApiDocument, responses: Readonly<Record<string, Response>>, code: ProblemCode): boolean {
  const declared = responses[problemKinds[code].status];
  const response = declared?.$ref ? document.components.responses?.[declared.$ref.split('/').at(-1) ?? ''] : declared;
  const schema = response?.content?.['application/problem+json']?.schema;
  return schema !== undefined && codesOf(schema).includes(code);
}

/** Codes that the schema of a problem answer allows. */
export function codesOf(schema: Schema): readonly string[] {
  const [, own] = schema.allOf as readonly [Schema, { properties: { code: { enum: readonly string[] } } }];
  return own.properties.code.enum;
}

function page(title: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title></head><body><h1>${title}</h1>${body}</body></html>\n`;
}

const html = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
