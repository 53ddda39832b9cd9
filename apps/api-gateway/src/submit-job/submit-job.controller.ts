import { Controller, Post, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { principalOf } from '../authenticate/authenticate.hook.js';
import { AnswersProblems, ApiJob } from '../describe-api/api-bodies.js';
import { requireJson } from '../parse-json/json-body.js';
import { SubmitJob } from './submit-job.service.js';
import { SubmitJobDto } from './submit-job.dto.js';

@ApiTags('jobs')
@ApiBearerAuth()
@Controller('api/v1/jobs')
export class SubmitJobController {
  constructor(private readonly jobs: SubmitJob) {}

  @Post()
  @ApiOperation({
    operationId: 'submitJob',
    summary: 'Submit a job',
    description: 'Answered when the job is durable; planning and placement follow.',
  })
  @ApiBody({ type: SubmitJobDto })
  @ApiJob(201)
  @AnswersProblems(
    'not_supported_yet',
    'project_not_found',
    'project_has_no_revision',
    'no_command',
    'secret_not_found',
  )
  async submit(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { id, text } = await this.jobs.submit(principalOf(request).account_id, requireJson(request));
    await reply.code(201).header('location', `/api/v1/jobs/${id}`).type('application/json; charset=utf-8').send(text);
  }
}
