import type { RecipeObject } from '@computalot/contracts';
import { Controller, Get, Param, Post, Query as QueryParams, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AnswerOnce } from '../answer-once/answer-once.service.js';
import { Idempotent } from '../answer-once/idempotent.decorator.js';
import { principalOf } from '../authenticate/authenticate.hook.js';
import { AnswersProblems, ApiBodyOf, ApiJob, ApiList, ApiPaging } from '../describe-api/api-bodies.js';
import { requireJson } from '../parse-json/json-body.js';
import { pageOf, Query } from '../parse-query/query.js';
import { Refusal } from '../problems/refusal.js';
import { SubmitJob } from '../submit-job/submit-job.service.js';
import { withMember } from './check-recipe.js';
import { RecipeSubmissionDto } from './recipe-submission.dto.js';
import type { Recipe } from './recipe.js';
import { Recipes } from './recipes.service.js';

@ApiTags('recipes')
@ApiBearerAuth()
@Controller('api/v1/recipes')
export class RecipesController {
  constructor(
    private readonly recipes: Recipes,
    private readonly jobs: SubmitJob,
    private readonly answers: AnswerOnce,
  ) {}

  @Get()
  @ApiOperation({
    operationId: 'listRecipes',
    summary: 'List recipes, by name',
    description: 'Programs that the installation provides: their code and command are fixed, users send a payload.',
  })
  @ApiPaging()
  @ApiList('recipes', 'Recipe')
  async list(@QueryParams() params: Record<string, unknown>): Promise<{
    recipes: readonly RecipeObject[];
    next_cursor: string | null;
  }> {
    const query = new Query(params);
    const limit = query.limit();
    const after = query.cursor((value) => typeof value === 'string');
    query.done();
    const rest = (await this.recipes.all()).filter(({ shown }) => after === null || shown.name > after);
    const { page, next_cursor } = pageOf(rest.slice(0, limit + 1), limit, ({ shown }) => shown.name);
    return { recipes: page.map(({ shown }) => shown), next_cursor };
  }

  @Get(':name')
  @ApiOperation({
    operationId: 'getRecipe',
    summary: 'One recipe: the schema of its payload, and examples',
    description: 'The schema is JSON Schema 2020-12. Each example is a payload that fits it.',
  })
  @ApiBodyOf(200, 'Recipe', 'The recipe.')
  async get(@Param('name') name: string): Promise<RecipeObject> {
    return (await this.named(name)).shown;
  }

  @Post(':name/jobs')
  @Idempotent()
  @ApiOperation({
    operationId: 'submitRecipeJob',
    summary: 'Submit a job of a recipe',
    description:
      "As `POST /api/v1/jobs`, without project, command, env and secrets: they are the recipe's. What a user says of the payload of every task must fit the recipe's schema: payload, items, lines of an artifact, points of a sweep, strategies and cases of a benchmark.",
  })
  @ApiBody({ type: RecipeSubmissionDto })
  @ApiJob(201)
  @AnswersProblems('dependency_not_found', 'quota_too_small', 'quota_exceeded', 'storage_full')
  async submit(@Req() request: FastifyRequest, @Res() reply: FastifyReply, @Param('name') name: string): Promise<void> {
    const { value, text } = requireJson(request);
    await this.named(name);
    if (Object.hasOwn(value, 'recipe'))
      throw Refusal.invalid([{ pointer: '/recipe', detail: 'is in the path already' }]);
    const body = { value: { ...value, recipe: name }, text: withMember(text, 'recipe', JSON.stringify(name)) };
    const { account_id } = principalOf(request);
    const job = await this.jobs.submit(account_id, body, this.answers.creationOf(request));
    const answer = reply.code(201).header('location', `/api/v1/jobs/${job.id}`);
    await answer.type('application/json; charset=utf-8').send(job.text);
  }

  private async named(name: string): Promise<Recipe> {
    const recipe = await this.recipes.find(name);
    if (!recipe) throw Refusal.notFound(`Recipe ${name}`);
    return recipe;
  }
}
