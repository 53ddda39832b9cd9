import { TERMINAL_JOB_STATUSES } from '@computalot/contracts';
import { DATABASE, listJobs, readJobWithSubmission, type Database, aggregateOf } from '@computalot/database';
import { Controller, Get, Inject, Param, Query as QueryParams, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { principalOf } from '../authenticate/authenticate.hook.js';
import { ApiFilters, ApiJob, ApiList, ApiPaging } from '../describe-api/api-bodies.js';
import { membersOf } from '../parse-json/json-text.js';
import { isUuidCursor, pageOf, pathId, Query } from '../parse-query/query.js';
import { Refusal } from '../problems/refusal.js';
import { JOB_TYPES } from '../submit-job/submit-job.dto.js';
import { explainJob } from './explain-job.js';
import { jobText, summaryText } from './job-view.js';

const STATUSES = ['planning', 'queued', 'running', ...TERMINAL_JOB_STATUSES] as const;
const JSON_TYPE = 'application/json; charset=utf-8';

@ApiTags('jobs')
@ApiBearerAuth()
@Controller('api/v1/jobs')
export class ReadJobsController {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  @Get()
  @ApiOperation({
    operationId: 'listJobs',
    summary: 'List jobs, newest first',
    description: 'Summaries; a filter that is given narrows the list, several must all match.',
  })
  @ApiPaging()
  @ApiFilters({
    tag: 'May be repeated; all must match.',
    status: `One or more of ${STATUSES.join(', ')}.`,
    project: 'Name of the project.',
    type: `One of ${JOB_TYPES.join(', ')}.`,
    client_ref: 'Exact match.',
    created_after: 'RFC 3339.',
    created_before: 'RFC 3339.',
  })
  @ApiList('jobs', 'JobSummary')
  async list(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @QueryParams() params: Record<string, unknown>,
  ): Promise<void> {
    const query = new Query(params);
    const limit = query.limit();
    const before = query.cursor(isUuidCursor);
    const filter = {
      status: query.allOf('status', STATUSES),
      tags: query.all('tag'),
      project: query.one('project'),
      type: query.oneOf('type', JOB_TYPES),
      client_ref: query.one('client_ref'),
      created_after: query.time('created_after'),
      created_before: query.time('created_before'),
    };
    query.done();
    const rows = await listJobs(this.database, principalOf(request).account_id, filter, before, limit + 1);
    const { page, next_cursor } = pageOf(rows, limit, (job) => job.id);
    const jobs = page.map((job) => summaryText(job)).join(',');
    await reply.type(JSON_TYPE).send(`{"jobs":[${jobs}],"next_cursor":${JSON.stringify(next_cursor)}}`);
  }

  @Get(':id')
  @ApiOperation({
    operationId: 'getJob',
    summary: 'One job: the submission as sent, and what became of it',
    description:
      'While nothing of it runs, or its `max_parallel` keeps tasks back, `pending_reason` says why. After a failure, `recommended_action` says what to do.',
  })
  @ApiJob(200)
  async get(@Req() request: FastifyRequest, @Res() reply: FastifyReply, @Param('id') id: string): Promise<void> {
    const { account_id } = principalOf(request);
    const job = await readJobWithSubmission(this.database, account_id, pathId('job', id, 'Job'));
    if (!job) throw Refusal.notFound(`Job ${id}`);
    const pending = await explainJob(this.database, job);
    const { result: aggregate } = await aggregateOf(this.database, account_id, job);
    await reply.type(JSON_TYPE).send(jobText(job, membersOf(job.submission), { pending, aggregate }));
  }
}
