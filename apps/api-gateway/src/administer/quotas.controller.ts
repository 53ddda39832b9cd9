import type { AccountWithQuotasObject, QuotasObject } from '@computalot/contracts';
import {
  audited,
  DATABASE,
  listAccounts,
  readAccount,
  readDefaultQuotas,
  readUsage,
  setDefaultQuotas,
  setQuotas,
  type Database,
} from '@computalot/database';
import { Controller, Get, Inject, Param, Put, Query as QueryParams, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { actorOf } from '../authenticate/actor-of.js';
import { ApiBodyOf, ApiList, ApiPaging } from '../describe-api/api-bodies.js';
import { requireJson } from '../parse-json/json-body.js';
import { isUuidCursor, pageOf, pathId, Query } from '../parse-query/query.js';
import { Refusal } from '../problems/refusal.js';
import { accountObject } from '../read-account/account-view.js';
import { faultsOf } from '../submit-job/faults.js';
import { SetQuotasDto } from './set-quotas.dto.js';

/** All four of the body. @throws Refusal */
function quotasIn(request: FastifyRequest): QuotasObject {
  const { value } = requireJson(request);
  const faults = faultsOf(SetQuotasDto, value);
  if (faults.length > 0) throw Refusal.invalid(faults);
  const { open_jobs = null, queued_tasks = null, running_tasks = null, storage_bytes = null } = value as SetQuotasDto;
  return { open_jobs, queued_tasks, running_tasks, storage_bytes };
}

/** Accounts, and what they may have at once. */
@ApiTags('admin')
@ApiBearerAuth()
@Controller('api/v1/admin')
export class QuotasController {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  @Get('accounts')
  @ApiOperation({
    operationId: 'listAccounts',
    summary: 'List accounts, their quotas and what they use of them',
    description: 'In the order they were made.',
  })
  @ApiPaging()
  @ApiList('accounts', 'AccountWithQuotas')
  async list(@QueryParams() params: Record<string, unknown>) {
    const query = new Query(params);
    const limit = query.limit();
    const after = query.cursor(isUuidCursor);
    query.done();
    const { page, next_cursor } = pageOf(await listAccounts(this.database, after, limit + 1), limit, ({ id }) => id);
    const accounts: AccountWithQuotasObject[] = [];
    // One after the other: a page of 500 must not take every connection.
    for (const account of page) accounts.push(accountObject(account, await readUsage(this.database, account.id)));
    return { accounts, next_cursor };
  }

  @Get('accounts/:id')
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

  @Put('accounts/:id/quotas')
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
    const quotas = quotasIn(request);
    const change = { action: 'account.quotas_set', account_id: accountId, target: id, details: quotas } as const;
    const account = await audited(this.database, actorOf(request), change, (tx) => setQuotas(tx, accountId, quotas));
    if (!account) throw Refusal.notFound(`Account ${id}`);
    return accountObject(account, await readUsage(this.database, accountId));
  }

  @Get('quotas')
  @ApiOperation({
    operationId: 'getDefaultQuotas',
    summary: 'The quotas that new accounts begin with',
    description: 'null is no bound.',
  })
  @ApiBodyOf(200, 'Quotas', 'The default quotas.')
  getDefaults(): Promise<QuotasObject> {
    return readDefaultQuotas(this.database);
  }

  @Put('quotas')
  @ApiOperation({
    operationId: 'setDefaultQuotas',
    summary: 'Set the quotas that new accounts begin with',
    description: 'Replaces all of them: one that is left out or null is no bound. Accounts that are there keep theirs.',
  })
  @ApiBody({ type: SetQuotasDto })
  @ApiBodyOf(200, 'Quotas', 'The default quotas.')
  setDefaults(@Req() request: FastifyRequest): Promise<QuotasObject> {
    const quotas = quotasIn(request);
    const change = { action: 'default_quotas.set', account_id: null, target: 'quotas', details: quotas } as const;
    return audited(this.database, actorOf(request), change, (tx) => setDefaultQuotas(tx, quotas));
  }
}
