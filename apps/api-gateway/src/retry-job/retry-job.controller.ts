import { DATABASE, type Database, aggregateOf } from '@computalot/database';
import { Controller, HttpCode, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AnswerOnce } from '../answer-once/answer-once.service.js';
import { Idempotent } from '../answer-once/idempotent.decorator.js';
import { principalOf } from '../authenticate/authenticate.hook.js';
import { AnswersProblems, ApiJob } from '../describe-api/api-bodies.js';
import { refuseFields } from '../parse-json/json-body.js';
import { membersOf } from '../parse-json/json-text.js';
import { pathId } from '../parse-query/query.js';
import { jobText } from '../read-jobs/job-view.js';
import { RetryJob } from './retry-job.service.js';

@ApiTags('jobs')
@ApiBearerAuth()
@Controller('api/v1/jobs')
export class RetryJobController {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly jobs: RetryJob,
    private readonly answers: AnswerOnce,
  ) {}

  @Post(':id/retry')
  @HttpCode(202)
  @Idempotent()
  @ApiOperation({
    operationId: 'retryJob',
    summary: 'Run the failed tasks of an ended job again',
    description:
      'The job is open again at once, its `run` one higher: failed tasks are queued and get all attempts of the retry policy anew, `max_failures` counts anew. ' +
      'Completed tasks keep their results, cancelled ones stay cancelled, attempt numbers and the history of attempts go on. ' +
      'Where map tasks of a map_reduce run again, its reduce tasks are taken back with all they left, and what the map makes is reduced anew. ' +
      'A job that failed before it had tasks is planned again. At its end the job tells again: its events, its webhook.',
  })
  @ApiJob(202)
  @AnswersProblems('job_not_terminal', 'nothing_to_retry', 'quota_exceeded')
  async retry(@Req() request: FastifyRequest, @Res() reply: FastifyReply, @Param('id') id: string): Promise<void> {
    refuseFields(request);
    const { account_id } = principalOf(request);
    const { begunAt } = this.answers.creationOf(request);
    const job = await this.jobs.retry(account_id, pathId('job', id, 'Job'), begunAt);
    const { result: aggregate } = await aggregateOf(this.database, account_id, job);
    const text = jobText(job, membersOf(job.submission), { pending: null, aggregate });
    await reply.type('application/json; charset=utf-8').send(text);
  }
}
