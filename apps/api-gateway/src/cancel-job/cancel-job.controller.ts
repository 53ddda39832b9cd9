import { DATABASE, readJobWithSubmission, requestCancelIfOpen, type Database, aggregateOf } from '@computalot/database';
import { OUTBOX_RELAY, type OutboxRelay } from '@computalot/messaging';
import { Controller, HttpCode, Inject, Param, Put, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { principalOf } from '../authenticate/authenticate.hook.js';
import { ApiJob } from '../describe-api/api-bodies.js';
import { refuseFields } from '../parse-json/json-body.js';
import { membersOf } from '../parse-json/json-text.js';
import { pathId } from '../parse-query/query.js';
import { Refusal } from '../problems/refusal.js';
import { jobText } from '../read-jobs/job-view.js';

@ApiTags('jobs')
@ApiBearerAuth()
@Controller('api/v1/jobs')
export class CancelJobController {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OUTBOX_RELAY) private readonly relay: Pick<OutboxRelay, 'wake'>,
  ) {}

  @Put(':id/cancel')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'cancelJob',
    summary: 'Cancel a job',
    description:
      'May be repeated. The job is `cancelled` when no process of it is alive any more; a job that has ended stays as it is.',
  })
  @ApiJob(200)
  async cancel(@Req() request: FastifyRequest, @Res() reply: FastifyReply, @Param('id') id: string): Promise<void> {
    refuseFields(request);
    const { account_id } = principalOf(request);
    const jobId = pathId('job', id, 'Job');
    if (await requestCancelIfOpen(this.database, account_id, jobId)) this.relay.wake();
    const job = await readJobWithSubmission(this.database, account_id, jobId);
    if (!job) throw Refusal.notFound(`Job ${id}`);
    const { result: aggregate } = await aggregateOf(this.database, account_id, job);
    const text = jobText(job, membersOf(job.submission), { pending: null, aggregate });
    await reply.type('application/json; charset=utf-8').send(text);
  }
}
