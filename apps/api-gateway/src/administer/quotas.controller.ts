import type { AccountWithQuotasObject } from '@computalot/contracts';
import { DATABASE, readAccount, readUsage, setQuotas, type Database } from '@computalot/database';
import { Controller, Get, Inject, Param, Put, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { ApiBodyOf } from '../describe-api/api-bodies.js';
import { requireJson } from '../parse-json/json-body.js';
import { pathId } from '../parse-query/query.js';
import { Refusal } from '../problems/refusal.js';
import { accountObject } from '../read-account/account-view.js';
import { faultsOf } from '../submit-job/faults.js';
import { SetQuotasDto } from './set-quotas.dto.js';

/** What an account may have at once. */
@ApiTags('admin')
@ApiBearerAuth()
@Controller('api/v1/admin/accounts')
export class QuotasController {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  @Get(':id')
  @ApiOperation({
    operationId: 'getAccountById',
    summary: 'An account, its quotas and what it uses of them',
    description: 'What the account itself reads at GET /api/v1/account.',
  })
  @ApiBodyOf(200, 'AccountWithQuotas', 'The account.')
  async get(@Param('id') id: string): Promise<AccountWithQuotasObject> {
    const accountId = pathId('acc', id, 'Account');
    const account = await readAccount(this.database, accountId);
    if (!account) throw Refusal.notFound(`Account ${id}`);
    return accountObject(account, await readUsage(this.database, accountId));
  }

  @Put(':id/quotas')
  @ApiOperation({
    operationId: 'setQuotas',
    summary: 'Set the quotas of an account',
    description:
      'Replaces all of them: one that is left out or null is no bound. They hold for every submission from now on; what is beyond them already stays.',
  })
  @ApiBody({ type: SetQuotasDto })
  @ApiBodyOf(200, 'AccountWithQuotas', 'The account.')
  async set(@Req() request: FastifyRequest, @Param('id') id: string): Promise<AccountWithQuotasObject> {
    const accountId = pathId('acc', id, 'Account');
    const { value } = requireJson(request);
    const faults = faultsOf(SetQuotasDto, value);
    if (faults.length > 0) throw Refusal.invalid(faults);
    const wanted: SetQuotasDto = value;
    const account = await setQuotas(this.database, accountId, {
      open_jobs: wanted.open_jobs ?? null,
      queued_tasks: wanted.queued_tasks ?? null,
      running_tasks: wanted.running_tasks ?? null,
      storage_bytes: wanted.storage_bytes ?? null,
    });
    if (!account) throw Refusal.notFound(`Account ${id}`);
    return accountObject(account, await readUsage(this.database, accountId));
  }
}
