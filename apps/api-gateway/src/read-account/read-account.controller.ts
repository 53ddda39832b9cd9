import type { AccountWithQuotasObject } from '@computalot/contracts';
import { DATABASE, readAccount, readUsage, type Database } from '@computalot/database';
import { Controller, Get, Inject, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { principalOf } from '../authenticate/authenticate.hook.js';
import { ApiBodyOf } from '../describe-api/api-bodies.js';
import { Refusal } from '../problems/refusal.js';
import { accountObject } from './account-view.js';

@ApiTags('account')
@ApiBearerAuth()
@Controller('api/v1/account')
export class ReadAccountController {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  @Get()
  @ApiOperation({
    operationId: 'getAccount',
    summary: 'The account of this key, its quotas and what it uses of them',
    description: 'A `limit` of null is no bound. A job that would go beyond one is refused when it is submitted.',
  })
  @ApiBodyOf(200, 'AccountWithQuotas', 'The account.')
  async get(@Req() request: FastifyRequest): Promise<AccountWithQuotasObject> {
    const { account_id } = principalOf(request);
    const account = await readAccount(this.database, account_id);
    if (!account) throw new Refusal('unauthorized', 'The account of this API key is gone.');
    return accountObject(account, await readUsage(this.database, account_id));
  }
}
