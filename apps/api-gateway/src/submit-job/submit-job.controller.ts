import { Controller, Post, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AnswerOnce } from '../answer-once/answer-once.service.js';
import { Idempotent } from '../answer-once/idempotent.decorator.js';
import { principalOf } from '../authenticate/authenticate.hook.js';
import { AnswersProblems, ApiJob } from '../describe-api/api-bodies.js';
import { requireJson } from '../parse-json/json-body.js';
import { SubmitJob } from './submit-job.service.js';
import { SubmitJobDto } from './submit-job.dto.js';

@ApiTags('jobs')
@ApiBearerAuth()
@Controller('api/v1/jobs')
export class SubmitJobController {
  constructor(
    private readonly jobs: SubmitJob,
    private readonly answers: AnswerOnce,
  ) {}

  @Post()
  @Idempotent()
  @ApiOperation({
    operationId: 'submitJob',
    summary: 'Submit a job',
    description: 'Answered when the job is durable; planning and placement follow.',
  })
  @ApiBody({ type: SubmitJobDto })
  @ApiJob(201)
  @AnswersProblems(
    'project_not_found',
    'project_has_no_revision',
    'no_command',
    'secret_not_found',
    'dependency_not_found',
    'artifact_not_found',
    'invalid_items',
    'quota_too_small',
    'quota_exceeded',
    'storage_full',
  )
  async submit(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { account_id } = principalOf(request);
    const { id, text } = await this.jobs.submit(account_id, requireJson(request), this.answers.creationOf(request));
    await reply.code(201).header('location', `/api/v1/jobs/${id}`).type('application/json; charset=utf-8').send(text);
  }
}
