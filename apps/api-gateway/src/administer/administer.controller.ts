import type { AccountObject, RecipeDiscovery, WorkerObject } from '@computalot/contracts';
import { audited, createAccount, DATABASE, listWorkers, writeAuditEntry, type Database } from '@computalot/database';
import { encodeId } from '@computalot/kernel';
import { Controller, Get, HttpCode, Inject, Post, Query as QueryParams, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { AnswerOnce } from '../answer-once/answer-once.service.js';
import { Idempotent } from '../answer-once/idempotent.decorator.js';
import { actorOf } from '../authenticate/actor-of.js';
import { AnswersProblems, ApiBodyOf, ApiList, ApiPaging } from '../describe-api/api-bodies.js';
import { refuseFields, requireJson } from '../parse-json/json-body.js';
import { Recipes } from '../keep-recipes/recipes.service.js';
import { isUuidCursor, pageOf, Query } from '../parse-query/query.js';
import { Refusal } from '../problems/refusal.js';
import { faultsOf } from '../submit-job/faults.js';
import { CreateAccountDto } from './administer.dto.js';

/** For operators: the role admin was checked before any of this is reached. The only routes that show placement. */
@ApiTags('admin')
@ApiBearerAuth()
@Controller('api/v1/admin')
export class AdministerController {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly answers: AnswerOnce,
    private readonly recipes: Recipes,
  ) {}

  @Post('accounts')
  @Idempotent()
  @ApiOperation({
    operationId: 'createAccount',
    summary: 'Create an account',
    description:
      'A tenant of its own: it sees nothing of other accounts, and they nothing of it. It begins with the default quotas (PUT /api/v1/admin/quotas).',
  })
  @ApiBody({ type: CreateAccountDto })
  @ApiBodyOf(201, 'Account', 'The account.')
  @AnswersProblems('account_exists')
  async createAccount(@Req() request: FastifyRequest): Promise<AccountObject> {
    const { value } = requireJson(request);
    const faults = faultsOf(CreateAccountDto, value);
    if (faults.length > 0) throw Refusal.invalid(faults);
    const name = value.name as string;
    const id = this.answers.creationOf(request).id();
    const change = {
      action: 'account.created',
      account_id: id,
      target: encodeId('acc', id),
      details: { name },
    } as const;
    const account = await audited(this.database, actorOf(request), change, (tx) => createAccount(tx, name, id));
    if (!account) throw new Refusal('account_exists', 'There is an account of this name already.');
    return { id: encodeId('acc', account.id), name, created_at: account.created_at.toISOString() };
  }

  @Post('recipes/discover')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'discoverRecipes',
    summary: 'Look for recipes now',
    description:
      'Every gateway looks at its folder of recipes at start and once a minute; this one looks now, and says what it found and what is wrong.',
  })
  @ApiBodyOf(200, 'RecipeDiscovery', 'The recipes there are now, and the folders that are not right.')
  async discoverRecipes(@Req() request: FastifyRequest): Promise<RecipeDiscovery> {
    refuseFields(request);
    // What follows is many transactions: it is written down before the first.
    const change = { action: 'recipes.discovered', account_id: null, target: 'recipes' } as const;
    await writeAuditEntry(this.database, actorOf(request), change);
    const { recipes, faults } = await this.recipes.discover();
    return { recipes: recipes.map(({ shown: { name, version } }) => ({ name, version })), faults };
  }

  @Get('workers')
  @ApiOperation({
    operationId: 'listWorkers',
    summary: 'Workers, what they offer and hold',
    description: 'In the order they joined; workers that left or were lost stay listed.',
  })
  @ApiPaging()
  @ApiList('workers', 'Worker')
  async workers(
    @QueryParams() params: Record<string, unknown>,
  ): Promise<{ workers: WorkerObject[]; next_cursor: string | null }> {
    const query = new Query(params);
    const limit = query.limit();
    const after = query.cursor(isUuidCursor);
    query.done();
    const { page, next_cursor } = pageOf(
      await listWorkers(this.database, after, limit + 1),
      limit,
      (worker) => worker.id,
    );
    const workers = page.map((worker) => ({
      ...worker,
      id: encodeId('wrk', worker.id),
      joined_at: worker.joined_at.toISOString(),
      last_seen_at: worker.last_seen_at.toISOString(),
    }));
    return { workers, next_cursor };
  }
}
