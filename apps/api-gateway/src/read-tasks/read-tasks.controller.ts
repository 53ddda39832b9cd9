import { taskStates } from '@computalot/jobs';
import { Controller, Get, Param, Query as QueryParams, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { principalOf } from '../authenticate/authenticate.hook.js';
import { ApiFilters, ApiList, ApiPaging } from '../describe-api/api-bodies.js';
import { encodeCursor, isIndexCursor, pathId, Query } from '../parse-query/query.js';
import { ReadTasks } from './read-tasks.service.js';

@ApiTags('jobs')
@ApiBearerAuth()
@Controller('api/v1/jobs')
export class ReadTasksController {
  constructor(private readonly tasks: ReadTasks) {}

  @Get(':id/tasks')
  @ApiOperation({
    operationId: 'listTasks',
    summary: 'Tasks of a job, in order of their index',
    description: 'Each with the payload its program gets, what it said last, and what became of its last attempt.',
  })
  @ApiPaging()
  @ApiFilters({ status: `One or more of ${taskStates.join(', ')}.` })
  @ApiList('tasks', 'Task')
  async list(@Req() request: FastifyRequest, @Param('id') id: string, @QueryParams() params: Record<string, unknown>) {
    const { account_id } = principalOf(request);
    const query = new Query(params);
    const page = {
      after: query.cursor(isIndexCursor) ?? -1,
      limit: query.limit(),
      states: query.allOf('status', taskStates),
    };
    query.done();
    const job = await this.tasks.job(account_id, pathId('job', id, 'Job'));
    const { tasks, next } = await this.tasks.page(account_id, job, page);
    return { tasks, next_cursor: next === null ? null : encodeCursor(next) };
  }
}
