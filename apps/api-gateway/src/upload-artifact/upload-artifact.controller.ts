import type { ArtifactObject } from '@computalot/contracts';
import { Controller, Post, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiConsumes, ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AnswerOnce } from '../answer-once/answer-once.service.js';
import { Idempotent } from '../answer-once/idempotent.decorator.js';
import { principalOf } from '../authenticate/authenticate.hook.js';
import { AnswersProblems, ApiBodyOf } from '../describe-api/api-bodies.js';
import { artifactObject } from '../read-artifacts/artifact-view.js';
import { fileBody } from '../take-file/file-body.js';
import { artifactFilename, FILENAME_HEADER } from './artifact-filename.js';
import { UploadArtifact } from './upload-artifact.service.js';
import { UPLOAD } from './upload.js';

@ApiTags('artifacts')
@ApiBearerAuth()
@Controller('api/v1/artifacts')
export class UploadArtifactController {
  constructor(
    private readonly uploads: UploadArtifact,
    private readonly answers: AnswerOnce,
  ) {}

  @Post()
  @Idempotent({ body: 'streamed' })
  @ApiOperation({
    operationId: 'uploadArtifact',
    summary: 'Upload a file as an artifact',
    description:
      'The file is the body, at most 2 GB, with any Content-Type but JSON and forms. The same bytes are stored once, however often and under whatever ' +
      'names they are uploaded. An upload that breaks leaves nothing.',
  })
  @ApiConsumes('application/octet-stream')
  @ApiBody({ schema: { type: 'string', format: 'binary' } })
  @ApiHeader({
    name: FILENAME_HEADER,
    description:
      'Name of the file, without folders: at most 255 bytes of UTF-8, percent-encoded where it is not plain ASCII.',
    required: true,
    schema: { type: 'string', minLength: 1 },
    example: 'items.jsonl',
  })
  @ApiBodyOf(201, 'Artifact', 'The artifact.', ['Location'])
  @AnswersProblems('artifact_too_large', 'storage_full')
  async upload(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ArtifactObject> {
    const body = fileBody(request, UPLOAD);
    const filename = artifactFilename(request.headers[FILENAME_HEADER.toLowerCase()]);
    this.answers.keyOf(request);
    const idOf = async (hash: string): Promise<string> => {
      await this.answers.claimStreamed(request, JSON.stringify([hash, filename]));
      return this.answers.creationOf(request).id();
    };
    const artifact = artifactObject(await this.uploads.upload(principalOf(request).account_id, filename, body, idOf));
    reply.header('location', `/api/v1/artifacts/${artifact.id}`);
    return artifact;
  }
}
