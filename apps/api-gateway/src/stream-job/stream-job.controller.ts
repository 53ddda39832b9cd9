import { DATABASE, readJob, type Database } from '@computalot/database';
import { Controller, Get, Inject, Param, Query as QueryParams, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOperation, ApiProduces, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { principalOf } from '../authenticate/authenticate.hook.js';
import { ApiEvents } from '../describe-api/api-bodies.js';
import { pathId, Query } from '../parse-query/query.js';
import { Refusal } from '../problems/refusal.js';
import { parseEventId } from './event-id.js';
import { JobStream } from './job-stream.js';
import { OpenStreams } from './open-streams.service.js';
import { readJobsToWatch } from './read-jobs-to-watch.js';
import { EVENT_STREAM } from './sse-client.js';
import { parseWatchId } from './watch-place.js';
import { placesIn, WatchStream } from './watch-stream.js';

/** Jobs of one watch. */
const MAX_WATCHED = 200;

export const LAST_EVENT_ID = {
  name: 'Last-Event-ID',
  required: false,
  description: 'Id of the last event that was received. For one job `-` begins with the oldest event that is kept.',
};

@ApiTags('live')
@ApiBearerAuth()
@Controller('api/v1/jobs')
export class StreamJobController {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly streams: OpenStreams,
  ) {}

  @Get('watch')
  @ApiOperation({
    operationId: 'watchJobs',
    summary: 'Follow several jobs as server-sent events',
    description:
      'The events of all the jobs in one stream: a snapshot of each first, an end for each, and the server closes after the last. The ids say where the reader is in every job; with Last-Event-ID, for the same ids in the same order, the stream goes on without a gap or a repeat. Events of tasks and output name their task, whose id begins with that of the job.',
  })
  @ApiQuery({
    name: 'ids',
    description: `Ids of jobs, separated by commas; at most ${MAX_WATCHED}.`,
    schema: { type: 'string' },
    example: 'job_01k66jwz0sfmhvr1a2b3c4d5e6,job_01k66jwz0sfmhvr1a2b3c4d5e9',
  })
  @ApiHeader(LAST_EVENT_ID)
  @ApiProduces('text/event-stream')
  @ApiEvents('Snapshot', 'Job', 'Task', 'Output', 'End')
  @ApiResponse({ status: 204, description: 'Every job has ended, and the reader knows: nothing more comes.' })
  async watch(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @QueryParams() params: Record<string, unknown>,
  ): Promise<void> {
    const query = new Query(params);
    const ids = query.ids('ids', 'job', MAX_WATCHED);
    query.done();
    const { account_id } = principalOf(request);
    const jobs = await readJobsToWatch(this.database, account_id, ids);
    if (request.method === 'HEAD') return void (await reply.type(EVENT_STREAM).send());
    const places = placesIn(jobs, parseWatchId(ids, lastEventId(request)));
    if (places.every((place) => place === 'ended')) return void (await reply.code(204).send());
    this.streams.open(reply, (sources, client) => {
      const stream = new WatchStream(sources, account_id, jobs, client, places);
      stream.start();
      return stream;
    });
  }

  @Get(':id/stream')
  @ApiOperation({
    operationId: 'streamJob',
    summary: 'Follow a job as server-sent events',
    description:
      'Events: snapshot (first, and after a gap), job, task, output, end (then the server closes). Each has an id; Last-Event-ID resumes without a gap or a repeat. A comment comes every 15 s.',
  })
  @ApiHeader(LAST_EVENT_ID)
  @ApiProduces('text/event-stream')
  @ApiEvents('Snapshot', 'Job', 'Task', 'Output', 'End')
  async stream(@Req() request: FastifyRequest, @Res() reply: FastifyReply, @Param('id') id: string): Promise<void> {
    const { account_id } = principalOf(request);
    const job = await readJob(this.database, account_id, pathId('job', id, 'Job'));
    if (!job) throw Refusal.notFound(`Job ${id}`);
    if (request.method === 'HEAD') return void (await reply.type(EVENT_STREAM).send());
    this.streams.open(reply, (sources, client) => {
      const stream = new JobStream(sources, account_id, job, client);
      stream.start(parseEventId(lastEventId(request)));
      return stream;
    });
  }
}

export function lastEventId({ headers }: FastifyRequest): string | undefined {
  const last = headers['last-event-id'];
  return typeof last === 'string' ? last : undefined;
}
