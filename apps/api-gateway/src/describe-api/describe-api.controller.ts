import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { problemKinds, type ProblemCode } from '@computalot/contracts';
import { Controller, Get, Header, Param, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Refusal } from '../problems/refusal.js';
import { llmsText } from './llms-text.js';
import { OPENAPI_FILE } from './openapi-file.js';
import { startScript, swaggerAsset, swaggerPage } from './swagger-page.js';

const HTML = 'text/html; charset=utf-8';
const POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

/** What the API says of itself; needs no key. */
@ApiExcludeController()
@Controller()
export class DescribeApiController {
  private document: Promise<string> | undefined;

  @Get('openapi.json')
  @Header('content-type', 'application/json; charset=utf-8')
  openapi(): Promise<string> {
    return (this.document ??= readFile(OPENAPI_FILE, 'utf8'));
  }

  @Get('llms.txt')
  @Header('content-type', 'text/plain; charset=utf-8')
  llms(): string {
    return llmsText;
  }

  @Get('docs')
  @Header('content-type', HTML)
  @Header('content-security-policy', POLICY)
  docs(): string {
    return swaggerPage;
  }

  @Get('docs/assets/:file')
  async asset(@Param('file') file: string, @Res() reply: FastifyReply): Promise<void> {
    reply.header('cache-control', 'public, max-age=86400').header('x-content-type-options', 'nosniff');
    if (file === 'start.js') return void (await reply.type('text/javascript; charset=utf-8').send(startScript));
    const asset = swaggerAsset(file);
    if (!asset) throw Refusal.notFound('This file');
    await reply.type(asset.type).send(createReadStream(asset.path));
  }

  @Get('docs/problems')
  @Header('content-type', HTML)
  problems(): string {
    return page('Problem codes', (Object.keys(problemKinds) as ProblemCode[]).map(describeProblem).join('\n'));
  }

  @Get('docs/problems/:code')
  @Header('content-type', HTML)
  problem(@Param('code') code: string): string {
    if (!Object.hasOwn(problemKinds, code)) throw Refusal.notFound('This problem code');
    return page(code, describeProblem(code as ProblemCode));
  }
}

function describeProblem(code: ProblemCode): string {
  const { status, title, recommended_action } = problemKinds[code];
  return `<h2 id="${code}"><code>${code}</code></h2><p>${status}: ${title}.</p><p>${recommended_action.replaceAll('<', '&lt;')}</p>`;
}

function page(title: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title></head><body><h1>${title}</h1>${body}</body></html>\n`;
}
