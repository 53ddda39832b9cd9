import { DATABASE, findProject, type Database } from '@computalot/database';
import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { principalOf } from '../authenticate/authenticate.hook.js';
import { ApiEvents } from '../describe-api/api-bodies.js';
import { pathName } from '../parse-query/query.js';
import { Refusal } from '../problems/refusal.js';
import { DiscoverJobsLoop } from './discover-jobs.loop.js';
import { OpenStreams } from './open-streams.service.js';
import { MAX_ENDED, MAX_FOLLOWED, parseProjectId } from './project-place.js';
import { ProjectStream } from './project-stream.js';
import { EVENT_STREAM } from './sse-client.js';
import { LAST_EVENT_ID, lastEventId } from './stream-job.controller.js';

@ApiTags('live')
@ApiBearerAuth()
@Controller('api/v1/projects')
export class StreamProjectController {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly streams: OpenStreams,
    private readonly discover: DiscoverJobsLoop,
  ) {}

  @Get(':name/stream')
  @ApiOperation({
    operationId: 'streamProject',
    summary: 'Follow a project as server-sent events',
    description:
      'A snapshot of the project with its open jobs, then a snapshot of each of those, then all that its jobs do: job, task and output. A job that is submitted later begins with a snapshot too, about a second after it was accepted, and then tells everything that it said until then. ' +
      'The last event of a job is a job event with the status that it ended with; there is no end event: the stream stays open as long as the project exists. ' +
      `The ids say where the reader is in every job; with Last-Event-ID the stream goes on without a gap or a repeat. Up to ${MAX_FOLLOWED} open jobs are followed at once, the oldest first (\`has_more\` in the snapshot says that there are others): the next one has its turn when one ends, at the latest when it has ended itself. ` +
      `Where that cannot be kept up, because ${MAX_ENDED} jobs or more ended at once or while the reader was away, a fresh snapshot with \`gap\` follows. A comment comes every 15 s.`,
  })
  @ApiHeader(LAST_EVENT_ID)
  @ApiProduces('text/event-stream')
  @ApiEvents('ProjectSnapshot', 'Job', 'Task', 'Output')
  async stream(@Req() request: FastifyRequest, @Res() reply: FastifyReply, @Param('name') name: string): Promise<void> {
    const { account_id } = principalOf(request);
    const project = await findProject(this.database, account_id, pathName(name));
    if (!project) throw Refusal.notFound(`Project ${name}`);
    if (request.method === 'HEAD') return void (await reply.type(EVENT_STREAM).send());
    this.streams.open(reply, (sources, client) => {
      const last = parseProjectId(project.id, lastEventId(request));
      const stream = new ProjectStream(sources, account_id, project, client, last);
      void stream.start();
      this.discover.watch(stream);
      return stream;
    });
  }
}
