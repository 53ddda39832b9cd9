import { WORKER_TTL_MS } from '@computalot/contracts';
import { DATABASE, findProject, readReadyOffers, type Database } from '@computalot/database';
import { Controller, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AnswerOnce } from '../answer-once/answer-once.service.js';
import { Idempotent } from '../answer-once/idempotent.decorator.js';
import { principalOf } from '../authenticate/authenticate.hook.js';
import { AnswersProblems, ApiJob } from '../describe-api/api-bodies.js';
import { parseJsonBody, refuseFields, type JsonBody } from '../parse-json/json-body.js';
import { pathName } from '../parse-query/query.js';
import { Refusal } from '../problems/refusal.js';
import { SubmitJob } from '../submit-job/submit-job.service.js';

const MAX_TASKS = 1_000;

/** Warming is a job like any other, with a command that does nothing: workers prepare the revision before its tasks. */
@ApiTags('projects')
@ApiBearerAuth()
@Controller('api/v1/projects')
export class InitProjectController {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly jobs: SubmitJob,
    private readonly answers: AnswerOnce,
  ) {}

  @Post(':name/init')
  @Idempotent()
  @ApiOperation({
    operationId: 'initProject',
    summary: 'Have workers prepare the active revision before its first job',
    description:
      'Optional. Submits a job with the tag `computalot-init` and one task that does nothing for each ready worker; they are spread like other tasks, so a ' +
      'busy worker may be left out. Follow it as any job, or `GET …/status`.',
  })
  @ApiJob(202)
  @AnswersProblems('project_has_no_revision')
  async init(@Req() request: FastifyRequest, @Param('name') name: string, @Res() reply: FastifyReply): Promise<void> {
    refuseFields(request);
    const { account_id } = principalOf(request);
    const project = await findProject(this.database, account_id, pathName(name));
    if (!project) throw Refusal.notFound(`Project ${name}`);
    const workers = await readReadyOffers(this.database, WORKER_TTL_MS / 1_000);
    const job = warmingJob(project.name, Math.min(MAX_TASKS, Math.max(1, workers.length)));
    const { text } = await this.jobs.submit(account_id, job, this.answers.creationOf(request));
    await reply.code(202).type('application/json; charset=utf-8').send(text);
  }
}

function warmingJob(project: string, tasks: number): JsonBody {
  const fan_out = { chunks: tasks, range_field: 'workers', total: tasks };
  const job = { project, runner_command: ['true'], name: `init of ${project}`, tags: ['computalot-init'], fan_out };
  return parseJsonBody(Buffer.from(JSON.stringify(job))) as JsonBody;
}
