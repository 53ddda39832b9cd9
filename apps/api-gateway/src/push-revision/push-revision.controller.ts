import type { RevisionObject } from '@computalot/contracts';
import { Controller, Param, Post, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiConsumes, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { AnswerOnce } from '../answer-once/answer-once.service.js';
import { Idempotent } from '../answer-once/idempotent.decorator.js';
import { principalOf } from '../authenticate/authenticate.hook.js';
import { AnswersProblems, ApiBodyOf } from '../describe-api/api-bodies.js';
import { pathName } from '../parse-query/query.js';
import { fileBody } from '../take-file/file-body.js';
import { PushRevision } from './push-revision.service.js';
import { ARCHIVE } from './archive.js';

@ApiTags('projects')
@ApiBearerAuth()
@Controller('api/v1/projects')
export class PushRevisionController {
  constructor(
    private readonly revisions: PushRevision,
    private readonly answers: AnswerOnce,
  ) {}

  @Post(':name/push')
  @Idempotent({ body: 'streamed' })
  @ApiOperation({
    operationId: 'pushRevision',
    summary: "Push the project's code as a tar.gz and make it the active revision",
    description:
      'The raw archive is the body. Absolute paths, "..", links out of the archive, devices, more than 2 GB unpacked or 100,000 entries are refused. ' +
      'A manifest `computalot.project.json` at its root is held to the schema at `/schemas/project.json`; a fault is told with its pointer, line and column.',
  })
  @ApiConsumes('application/gzip')
  @ApiBody({ schema: { type: 'string', format: 'binary' } })
  @ApiBodyOf(201, 'Revision', 'The revision, now active.')
  @AnswersProblems('archive_too_large', 'invalid_archive', 'unsafe_archive', 'invalid_manifest', 'storage_full')
  async push(@Req() request: FastifyRequest, @Param('name') name: string): Promise<RevisionObject> {
    const body = fileBody(request, ARCHIVE);
    this.answers.keyOf(request);
    const onRead = (hash: string): Promise<void> => this.answers.claimStreamed(request, hash);
    return this.revisions.push(principalOf(request).account_id, pathName(name), body, onRead);
  }
}
