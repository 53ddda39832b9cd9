import type { CreatedKey } from '@computalot/contracts';
import { Controller, Delete, Get, Header, HttpCode, Param, Post, Query as QueryParams, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Idempotent } from '../answer-once/idempotent.decorator.js';
import { ApiBodyOf, ApiList, ApiPaging } from '../describe-api/api-bodies.js';
import { refuseFields } from '../parse-json/json-body.js';
import { pathId } from '../parse-query/query.js';
import { CreateKeyDto } from './create-key.dto.js';
import { KeepKeys } from './keep-keys.service.js';

/** Keys of any account, for operators. */
@ApiTags('admin')
@ApiBearerAuth()
@Controller('api/v1/admin/accounts')
export class AdminKeysController {
  constructor(private readonly keys: KeepKeys) {}

  @Post(':id/keys')
  @Idempotent({ isSecret: true })
  @ApiOperation({
    operationId: 'createKey',
    summary: 'Create an API key of an account',
    description: 'The key is shown this once; only its hash is kept.',
  })
  @ApiBody({ type: CreateKeyDto })
  @ApiBodyOf(201, 'CreatedKey', 'The key.')
  create(@Req() request: FastifyRequest, @Param('id') id: string): Promise<CreatedKey> {
    return this.keys.create(request, pathId('acc', id, 'Account'));
  }

  @Get(':id/keys')
  @ApiOperation({
    operationId: 'listKeys',
    summary: 'List API keys of an account, newest first',
    description: 'Revoked ones too. `last_used_at` is true to a minute. The keys themselves are never shown.',
  })
  @ApiPaging()
  @ApiList('keys', 'Key')
  list(@Param('id') id: string, @QueryParams() params: Record<string, unknown>) {
    return this.keys.list(pathId('acc', id, 'Account'), params);
  }

  @Delete(':id/keys/:key_id')
  @HttpCode(204)
  @Header('content-length', '0')
  @ApiOperation({
    operationId: 'revokeKey',
    summary: 'Revoke an API key of an account',
    description:
      'This gateway refuses it from now on, every other within 5 seconds. A key that was revoked before stays so.',
  })
  @ApiResponse({ status: 204, description: 'It works no more.' })
  revoke(@Req() request: FastifyRequest, @Param('id') id: string, @Param('key_id') keyId: string): Promise<void> {
    refuseFields(request);
    return this.keys.revoke(request, pathId('acc', id, 'Account'), keyId);
  }
}
