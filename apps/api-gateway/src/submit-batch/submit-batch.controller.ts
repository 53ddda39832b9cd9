import { Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AnswerOnce } from '../answer-once/answer-once.service.js';
import { Idempotent } from '../answer-once/idempotent.decorator.js';
import { principalOf } from '../authenticate/authenticate.hook.js';
import { ApiBodyOf } from '../describe-api/api-bodies.js';
import { requireJson } from '../parse-json/json-body.js';
import { batchText } from './batch-view.js';
import { MAX_BATCH_ENTRIES, readBatch } from './read-batch.js';
import { SubmitBatchDto } from './submit-batch.dto.js';
import { SubmitBatch } from './submit-batch.service.js';

@ApiTags('jobs')
@ApiBearerAuth()
@Controller('api/v1/jobs')
export class SubmitBatchController {
  constructor(
    private readonly batches: SubmitBatch,
    private readonly answers: AnswerOnce,
  ) {}

  @Post('batch')
  @HttpCode(200)
  @Idempotent()
  @ApiOperation({
    operationId: 'submitBatch',
    summary: 'Submit many jobs at once',
    description:
      `At most ${MAX_BATCH_ENTRIES} submissions, as \`POST /api/v1/jobs\` takes them, 10 MiB in all. The answer has one entry for each, in order: the job that was ` +
      'accepted, or the problem that `POST /api/v1/jobs` would have answered, with pointers into the entry. One bad entry never fails the others.',
  })
  @ApiBody({ type: SubmitBatchDto })
  @ApiBodyOf(200, 'Batch', 'What became of each entry.')
  async submit(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const entries = readBatch(requireJson(request));
    const { account_id } = principalOf(request);
    const outcomes = await this.batches.submit(account_id, entries, this.answers.creationOf(request));
    await reply.type('application/json; charset=utf-8').send(batchText(entries, outcomes, request));
  }
}
