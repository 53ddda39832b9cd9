import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Controller, Get, Header, Param, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Refusal } from '../problems/refusal.js';
import type { ApiDocument } from './api-document.js';
import { llmsText } from './llms-text.js';
import { OPENAPI_FILE } from './openapi-file.js';
import { problemPage, problemsPage } from './problem-pages.js';
import { MANIFEST_SCHEMA_FILE } from './schema-file.js';
import { startScript, swaggerAsset, swaggerPage } from './swagger-page.js';

const HTML = 'text/html; charset=utf-8';
const POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

/** What the API says of itself; needs no key. */
@ApiExcludeController()
@Controller()
export class DescribeApiController {
  private text: Promise<string> | undefined;
  private parsed: Promise<ApiDocument> | undefined;

  @Get('openapi.json')
  @Header('content-type', 'application/json; charset=utf-8')
  openapi(): Promise<string> {
    return (this.text ??= readFile(OPENAPI_FILE, 'utf8'));
  }

  @Get('schemas/project.json')
  @Header('content-type', 'application/schema+json; charset=utf-8')
  manifestSchema(): Promise<string> {
    return readFile(MANIFEST_SCHEMA_FILE, 'utf8');
  }

  @Get('llms.txt')
  @Header('content-type', 'text/plain; charset=utf-8')
  async llms(): Promise<string> {
    return llmsText(await this.document());
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
  async problems(): Promise<string> {
    return problemsPage(await this.document());
  }

  @Get('docs/problems/:code')
  @Header('content-type', HTML)
  async problem(@Param('code') code: string): Promise<string> {
    const page = problemPage(await this.document(), code);
    if (page === null) throw Refusal.notFound('This problem code');
    return page;
  }

  private document(): Promise<ApiDocument> {
    return (this.parsed ??= this.openapi().then((text) => JSON.parse(text) as ApiDocument));
  }
}
