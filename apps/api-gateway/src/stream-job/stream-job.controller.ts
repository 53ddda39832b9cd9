import { DATABASE, readJob, type Database } from '@computalot/database';
import { LIVE_FEED, type LiveFeed } from '@computalot/live-feed';
import { Controller, Get, Inject, Param, Req, Res, type OnModuleDestroy } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { principalOf } from '../authenticate/authenticate.hook.js';
import { ApiEvents } from '../describe-api/api-bodies.js';
import { LiveTails } from '../follow-tasks/live-tails.service.js';
import { GATEWAY_OPTIONS, type GatewayOptions } from '../gateway-options.js';
import { pathId } from '../parse-query/query.js';
import { Refusal } from '../problems/refusal.js';
import { parseEventId } from './event-id.js';
import { JobStream } from './job-stream.js';
import { RecheckJobsLoop } from './recheck-jobs.loop.js';
import { EVENT_STREAM, SseClient } from './sse-client.js';

@ApiTags('live')
@ApiBearerAuth()
@Controller('api/v1/jobs')
export class StreamJobController implements OnModuleDestroy {
  private readonly clients = new Set<SseClient>();

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(LIVE_FEED) private readonly feed: LiveFeed,
    @Inject(GATEWAY_OPTIONS) private readonly options: GatewayOptions,
    private readonly live: LiveTails,
    private readonly recheck: RecheckJobsLoop,
  ) {}

  @Get(':id/stream')
  @ApiOperation({
    operationId: 'streamJob',
    summary: 'Follow a job as server-sent events',
    description:
      'Events: snapshot (first, and after a gap), job, task, output, end (then the server closes). Each has an id; Last-Event-ID resumes without a gap or a repeat. A comment comes every 15 s.',
  })
  @ApiHeader({ name: 'Last-Event-ID', required: false, description: 'Id of the last event that was received.' })
  @ApiProduces('text/event-stream')
  @ApiEvents('Snapshot', 'Job', 'Task', 'Output', 'End')
  async stream(@Req() request: FastifyRequest, @Res() reply: FastifyReply, @Param('id') id: string): Promise<void> {
    const { account_id } = principalOf(request);
    const job = await readJob(this.database, account_id, pathId('job', id, 'Job'));
    if (!job) throw Refusal.notFound(`Job ${id}`);
    if (request.method === 'HEAD') return void (await reply.type(EVENT_STREAM).send());
    const { database, feed, live } = this;
    const client: SseClient = new SseClient(reply, this.options.keepAliveMs, () => {
      stream.stop();
      this.recheck.unwatch(stream);
      this.clients.delete(client);
    });
    const stream = new JobStream({ database, feed, live }, account_id, job, client);
    this.clients.add(client);
    this.recheck.watch(stream);
    const last = request.headers['last-event-id'];
    stream.start(parseEventId(typeof last === 'string' ? last : undefined));
  }

  /** Readers reconnect elsewhere with their last id. */
  onModuleDestroy(): void {
    for (const client of this.clients) client.close();
  }
}
