import type { DeliveryObject } from '@computalot/contracts';
import { DATABASE, listDeliveries, readJob, redeliver, type Database } from '@computalot/database';
import { Controller, Get, HttpCode, Inject, Param, Post, Query as QueryParams, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { IsOptional, IsString } from 'class-validator';
import type { FastifyRequest } from 'fastify';
import { principalOf } from '../authenticate/authenticate.hook.js';
import { AnswersProblems, ApiBodyOf, ApiList, ApiPaging } from '../describe-api/api-bodies.js';
import { requireJson } from '../parse-json/json-body.js';
import { isUuidCursor, pageOf, pathId, Query } from '../parse-query/query.js';
import { Refusal } from '../problems/refusal.js';
import { faultsOf } from '../submit-job/faults.js';
import { deliveryObject } from './webhook-view.js';

export class RedeliverDto {
  @ApiPropertyOptional({ description: 'The one delivery that is wanted again; all of the job without it.' })
  @IsOptional()
  @IsString()
  delivery_id?: string;
}

/** What became of the calls to a job's `callback_url`. */
@ApiTags('jobs')
@ApiBearerAuth()
@Controller('api/v1/jobs/:id/webhooks')
export class DeliveriesController {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  @Get()
  @ApiOperation({
    operationId: 'listDeliveries',
    summary: 'List the webhooks of a job, newest first',
    description:
      'One for each end of a job with a `callback_url`, with its last ten attempts. `dead`: the receiver answered 410, the target is not allowed, or a day went by.',
  })
  @ApiPaging()
  @ApiList('deliveries', 'Delivery')
  async list(@Req() request: FastifyRequest, @Param('id') id: string, @QueryParams() params: Record<string, unknown>) {
    const query = new Query(params);
    const limit = query.limit();
    const before = query.cursor(isUuidCursor);
    query.done();
    const { accountId, jobId } = await this.find(request, id);
    const rows = await listDeliveries(this.database, accountId, jobId, before, limit + 1);
    const { page, next_cursor } = pageOf(rows, limit, (delivery) => delivery.id);
    return { deliveries: page.map(deliveryObject), next_cursor };
  }

  @Post('redeliver')
  @HttpCode(202)
  @ApiOperation({
    operationId: 'redeliver',
    summary: 'Send the webhooks of a job again',
    description:
      'Delivered, dead or waiting: they are due at once, with the same `webhook-id` and body, and are tried for a day again.',
  })
  @ApiBody({ type: RedeliverDto })
  @ApiBodyOf(202, 'Deliveries', 'What is sent again.')
  @AnswersProblems('nothing_to_redeliver')
  async again(
    @Req() request: FastifyRequest,
    @Param('id') id: string,
  ): Promise<{ deliveries: readonly DeliveryObject[] }> {
    const { value } = requireJson(request);
    const faults = faultsOf(RedeliverDto, value);
    if (faults.length > 0) throw Refusal.invalid(faults);
    const { delivery_id } = value as unknown as RedeliverDto;
    const deliveryId = delivery_id === undefined ? undefined : pathId('msg', delivery_id, 'Delivery');
    const { accountId, jobId } = await this.find(request, id);
    const rows = await redeliver(this.database, accountId, jobId, deliveryId);
    if (rows.length > 0) return { deliveries: rows.map(deliveryObject) };
    if (delivery_id !== undefined) throw Refusal.notFound(`Delivery ${delivery_id}`);
    throw new Refusal('nothing_to_redeliver', `${id} has no webhook: it has not ended, or names no callback_url.`);
  }

  private async find(request: FastifyRequest, id: string): Promise<{ accountId: string; jobId: string }> {
    const { account_id: accountId } = principalOf(request);
    const job = await readJob(this.database, accountId, pathId('job', id, 'Job'));
    if (!job) throw Refusal.notFound(`Job ${id}`);
    return { accountId, jobId: job.id };
  }
}
