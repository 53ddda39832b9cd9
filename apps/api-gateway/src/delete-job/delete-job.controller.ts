import {
  audited,
  DATABASE,
  deleteJobIfEnded,
  listOpenDependants,
  readJob,
  type Database,
  type Queryable,
  isTerminal,
} from '@computalot/database';
import { encodeId } from '@computalot/kernel';
import { OUTBOX_RELAY, type OutboxRelay } from '@computalot/messaging';
import { Controller, Delete, Header, HttpCode, Inject, Param, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { actorOf } from '../authenticate/actor-of.js';
import { principalOf } from '../authenticate/authenticate.hook.js';
import { AnswersProblems } from '../describe-api/api-bodies.js';
import { refuseFields } from '../parse-json/json-body.js';
import { pathId } from '../parse-query/query.js';
import { Refusal } from '../problems/refusal.js';

/** Dependants named in a refusal. */
const NAMED = 5;

@ApiTags('jobs')
@ApiBearerAuth()
@Controller('api/v1/jobs')
export class DeleteJobController {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OUTBOX_RELAY) private readonly relay: Pick<OutboxRelay, 'wake'>,
  ) {}

  @Delete(':id')
  @HttpCode(204)
  @Header('content-length', '0')
  @ApiOperation({
    operationId: 'deleteJob',
    summary: 'Delete an ended job and its data',
    description:
      'At once nobody finds the job, its tasks, results, output, artifacts or webhook deliveries any more; rows and bytes are cleared away after that. ' +
      'Artifacts of other jobs with the same content stay. The server does the same to jobs whose results are older than its retention.',
  })
  @ApiResponse({ status: 204, description: 'It is gone.' })
  @AnswersProblems('job_not_terminal', 'job_has_dependants')
  async delete(@Req() request: FastifyRequest, @Param('id') id: string): Promise<void> {
    refuseFields(request);
    const { account_id } = principalOf(request);
    const jobId = pathId('job', id, 'Job');
    const change = { action: 'job.deleted', account_id, target: id } as const;
    const remove = (tx: Queryable) => deleteJobIfEnded(tx, account_id, jobId);
    if (!(await audited(this.database, actorOf(request), change, remove)))
      throw await this.refusalOf(account_id, jobId);
    this.relay.wake();
  }

  private async refusalOf(accountId: string, jobId: string): Promise<Refusal> {
    const name = `Job ${encodeId('job', jobId)}`;
    const job = await readJob(this.database, accountId, jobId);
    if (!job) return Refusal.notFound(name);
    if (!isTerminal(job.status)) {
      return new Refusal('job_not_terminal', `${name} is ${job.status}; only an ended job can be deleted.`);
    }
    const dependants = await listOpenDependants(this.database, accountId, jobId, NAMED);
    const named = dependants.map((dependant) => encodeId('job', dependant)).join(', ');
    return new Refusal('job_has_dependants', `${name} is what open jobs depend on: ${named || 'they end just now'}.`);
  }
}
