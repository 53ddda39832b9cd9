import { Readable } from 'node:stream';
import { Controller, Get, Param, Query as QueryParams, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import { taskStates } from '@computalot/jobs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { principalOf } from '../authenticate/authenticate.hook.js';
import { ApiFilters, ApiForms, ApiPaging } from '../describe-api/api-bodies.js';
import { isIndexCursor, pathId, Query } from '../parse-query/query.js';
import { Refusal } from '../problems/refusal.js';
import { ReadResults } from './read-results.service.js';

const NDJSON = 'application/x-ndjson';

@ApiTags('results')
@ApiBearerAuth()
@Controller('api/v1/results')
export class ReadResultsController {
  constructor(private readonly results: ReadResults) {}

  @Get(':job_id')
  @ApiOperation({
    operationId: 'getResults',
    summary: 'Results of a job',
    description: `Before the end: what there is, with completeness saying so. With "Accept: ${NDJSON}" one task a line, all of them, streamed.`,
  })
  @ApiPaging()
  @ApiFilters({ status: 'Only tasks in these states.' })
  @ApiProduces('application/json', NDJSON)
  @ApiForms(200, 'The results document; as JSON Lines, one TaskResult a line.', {
    'application/json': 'Results',
    [NDJSON]: 'TaskResult',
  })
  async get(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('job_id') id: string,
    @QueryParams() params: Record<string, unknown>,
  ): Promise<void> {
    const { account_id } = principalOf(request);
    const query = new Query(params);
    const page = {
      after: query.cursor(isIndexCursor) ?? -1,
      limit: query.limit(),
      states: query.allOf('status', taskStates),
    };
    query.done();
    const job = await this.results.job(account_id, pathId('job', id, 'Job'), id);
    if (request.headers.accept?.includes(NDJSON)) {
      const lines = Readable.from(this.results.stream(account_id, job, page), { objectMode: true, highWaterMark: 1 });
      return void (await reply.type(NDJSON).send(lines));
    }
    await reply.type('application/json; charset=utf-8').send(await this.results.document(account_id, job, page));
  }

  @Get(':job_id/tasks/:index')
  @ApiOperation({
    operationId: 'getTaskResult',
    summary: "One task's result exactly as the program wrote it, of any size",
    description: '`null` where the program wrote none. Not there before the task has completed.',
  })
  @ApiForms(200, 'The result.', { 'application/json': 'any' })
  async whole(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('job_id') id: string,
    @Param('index') index: string,
  ): Promise<void> {
    const { account_id } = principalOf(request);
    if (!/^\d{1,9}$/.test(index)) throw Refusal.notFound('This task');
    const job = await this.results.job(account_id, pathId('job', id, 'Job'), id);
    const { body, size } = await this.results.whole(account_id, job, Number(index));
    if (size !== undefined) reply.header('content-length', size);
    await reply.type('application/json; charset=utf-8').send(body);
  }
}
