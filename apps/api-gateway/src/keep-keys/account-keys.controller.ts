import type { CreatedKey } from '@computalot/contracts';
import { Controller, Delete, Get, Header, HttpCode, Param, Post, Query as QueryParams, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Idempotent } from '../answer-once/idempotent.decorator.js';
import { principalOf } from '../authenticate/authenticate.hook.js';
import { ApiBodyOf, ApiList, ApiPaging } from '../describe-api/api-bodies.js';
import { refuseFields } from '../parse-json/json-body.js';
import { CreateKeyDto } from './create-key.dto.js';
import { KeepKeys } from './keep-keys.service.js';

/** Keys of the account of an admin. */
@ApiTags('account')
@ApiBearerAuth()
@Controller('api/v1/account/keys')
export class AccountKeysController {
  constructor(private readonly keys: KeepKeys) {}

  @Post()
  @Idempotent({ isSecret: true })
  @ApiOperation({
    operationId: 'createOwnKey',
    summary: 'Create an API key of this account',
    description: 'The key is shown this once; only its hash is kept.',
  })
  @ApiBody({ type: CreateKeyDto })
  @ApiBodyOf(201, 'CreatedKey', 'The key.')
  create(@Req() request: FastifyRequest): Promise<CreatedKey> {
    return this.keys.create(request, principalOf(request).account_id);
  }

  @Get()
  @ApiOperation({
    operationId: 'listOwnKeys',
    summary: 'List API keys of this account, newest first',
    description: 'Revoked ones too. `last_used_at` is true to a minute. The keys themselves are never shown.',
  })
  @ApiPaging()
  @ApiList('keys', 'Key')
  list(@Req() request: FastifyRequest, @QueryParams() params: Record<string, unknown>) {
    return this.keys.list(principalOf(request).account_id, params);
  }

  @Delete(':key_id')
  @HttpCode(204)
  @Header('content-length', '0')
  @ApiOperation({
    operationId: 'revokeOwnKey',
    summary: 'Revoke an API key of this account',
    description:
      'This gateway refuses it from now on, every other within 5 seconds. A key that was revoked before stays so.',
  })
  @ApiResponse({ status: 204, description: 'It works no more.' })
  revoke(@Req() request: FastifyRequest, @Param('key_id') keyId: string): Promise<void> {
    refuseFields(request);
    return this.keys.revoke(request, principalOf(request).account_id, keyId);
  }
}
