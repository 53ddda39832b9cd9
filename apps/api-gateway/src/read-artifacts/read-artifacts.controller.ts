import type { ArtifactObject } from '@computalot/contracts';
import {
  DATABASE,
  listArtifacts,
  readArtifact,
  type ArtifactRow,
  type Database,
  type StoredArtifact,
} from '@computalot/database';
import { attachmentNamed, OBJECT_STORE, objectKeys, type ObjectStore } from '@computalot/object-store';
import { Controller, Get, Inject, Param, Query as QueryParams, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { principalOf } from '../authenticate/authenticate.hook.js';
import {
  AnswersProblems,
  ApiBodyOf,
  ApiFilters,
  ApiForms,
  ApiList,
  ApiPaging,
  ApiPart,
} from '../describe-api/api-bodies.js';
import { isUuidCursor, pageOf, pathId, Query } from '../parse-query/query.js';
import { Refusal } from '../problems/refusal.js';
import { sendBytes } from '../serve-bytes/send-bytes.js';
import { ServeExternal } from '../serve-external/serve-external.service.js';
import { artifactObject } from './artifact-view.js';

const FILE_HEADERS = ['Content-Disposition', 'X-Content-Type-Options'] as const;
/** Not of a file that lies elsewhere and whose hash nobody has said. */
const SOMETIMES = ['ETag'] as const;

@ApiTags('artifacts')
@ApiBearerAuth()
@Controller('api/v1/artifacts')
export class ReadArtifactsController {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OBJECT_STORE) private readonly objects: ObjectStore,
    private readonly external: ServeExternal,
  ) {}

  @Get()
  @ApiOperation({
    operationId: 'listArtifacts',
    summary: 'List artifacts, newest first',
    description: 'Files that were uploaded, and those that tasks left in their folder for artifacts.',
  })
  @ApiPaging()
  @ApiFilters({ job: 'Id of a job.', name: 'File name.' })
  @ApiList('artifacts', 'Artifact')
  async list(@Req() request: FastifyRequest, @QueryParams() params: Record<string, unknown>) {
    const query = new Query(params);
    const limit = query.limit();
    const before = query.cursor(isUuidCursor);
    const filter = { job_id: query.id('job', 'job'), name: query.one('name') };
    query.done();
    const rows = await listArtifacts(this.database, principalOf(request).account_id, filter, before, limit + 1);
    const { page, next_cursor } = pageOf(rows, limit, (artifact) => artifact.id);
    return { artifacts: page.map(artifactObject), next_cursor };
  }

  @Get(':id/meta')
  @ApiOperation({
    operationId: 'getArtifact',
    summary: 'What an artifact is',
    description: 'Name, size, hash and origin, without the bytes.',
  })
  @ApiBodyOf(200, 'Artifact', 'The artifact.')
  async meta(@Req() request: FastifyRequest, @Param('id') id: string): Promise<ArtifactObject> {
    return artifactObject(await this.find(request, id));
  }

  @Get(':id')
  @ApiOperation({
    operationId: 'downloadArtifact',
    summary: 'Download an artifact',
    description:
      'Takes range requests. What lies at a URL elsewhere comes from there, a range only when its source takes those, else the whole. The whole is compared ' +
      'with the announced SHA-256 before its last bytes are sent: the answer breaks off when they differ.',
  })
  @ApiProduces('application/octet-stream')
  @ApiForms(200, 'The bytes.', { 'application/octet-stream': 'bytes' }, ['Accept-Ranges', ...FILE_HEADERS], SOMETIMES)
  @ApiPart('application/octet-stream', FILE_HEADERS, SOMETIMES)
  @AnswersProblems('content_lost', 'external_unavailable', 'external_refused', 'external_mismatch')
  async download(@Req() request: FastifyRequest, @Res() reply: FastifyReply, @Param('id') id: string): Promise<void> {
    const artifact = await this.find(request, id);
    reply
      .type('application/octet-stream')
      .header('content-disposition', attachmentNamed(artifact.filename))
      .header('x-content-type-options', 'nosniff');
    if (artifact.sha256 !== null) reply.header('etag', `"${artifact.sha256}"`);
    if (artifact.external_url !== null) return this.external.send(request, reply, artifact);
    await this.sendStored(request, reply, artifact);
  }

  private async sendStored(request: FastifyRequest, reply: FastifyReply, artifact: StoredArtifact): Promise<void> {
    const { sha256, size_bytes } = artifact;
    const key = objectKeys.artifact(principalOf(request).account_id, sha256);
    if ((await this.objects.head(key))?.size_bytes !== size_bytes)
      throw new Refusal(
        'content_lost',
        'The object store does not have the bytes of this artifact any more, or not all of them.',
      );
    await sendBytes(request, reply, { size_bytes, open: (range) => this.objects.get(key, range) });
  }

  private async find(request: FastifyRequest, id: string): Promise<ArtifactRow> {
    const artifact = await readArtifact(this.database, principalOf(request).account_id, pathId('art', id, 'Artifact'));
    if (!artifact) throw Refusal.notFound(`Artifact ${id}`);
    return artifact;
  }
}
