import type { DirectUpload, UploadObject } from '@computalot/contracts';
import type { UploadedArtifact } from '@computalot/database';
import { Controller, Post, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AnswerOnce } from '../answer-once/answer-once.service.js';
import { Idempotent } from '../answer-once/idempotent.decorator.js';
import { principalOf } from '../authenticate/authenticate.hook.js';
import { AnswersProblems, ApiBodyOf } from '../describe-api/api-bodies.js';
import { requireJson } from '../parse-json/json-body.js';
import { Refusal } from '../problems/refusal.js';
import { faultsOf } from '../submit-job/faults.js';
import { filenameFault } from './artifact-filename.js';
import { DirectUploadDto, MultipartUploadDto } from './begin-upload.dto.js';
import { BeginUpload } from './begin-upload.service.js';
import { CompleteUpload } from './complete-upload.service.js';
import { uploadObject } from './upload-view.js';

@ApiTags('artifacts')
@ApiBearerAuth()
@Controller('api/v1/artifacts')
export class BeginUploadsController {
  constructor(
    private readonly uploads: BeginUpload,
    private readonly completer: CompleteUpload,
    private readonly answers: AnswerOnce,
  ) {}

  @Post('direct')
  @Idempotent()
  @ApiOperation({
    operationId: 'beginDirectUpload',
    summary: 'Upload a file past the API, in one piece',
    description:
      'Answers a URL that takes one PUT of the file, at most 5 GB, for an hour. Then complete the upload. When the account has these bytes, the status ' +
      'is `published` at once and nothing is to be sent. What is not completed is removed a day after its URL ran out.',
  })
  @ApiBody({ type: DirectUploadDto })
  @ApiBodyOf(201, 'DirectUpload', 'Where to send the file.', ['Location'])
  @AnswersProblems('storage_full')
  async direct(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<DirectUpload> {
    return located(reply, await this.uploads.direct(this.announced(request, DirectUploadDto)));
  }

  @Post('multipart')
  @Idempotent()
  @ApiOperation({
    operationId: 'beginMultipartUpload',
    summary: 'Upload a very large file past the API, in parts',
    description:
      'Ask for URLs of parts, PUT each part of `part_bytes` (the last is smaller) to its URL in any order, also several at once, then complete the upload. ' +
      'Whoever was interrupted reads which parts arrived and sends the others. When the account has these bytes, the status is `published` at once. ' +
      'What is not completed is removed a day after its last URL ran out.',
  })
  @ApiBody({ type: MultipartUploadDto })
  @ApiBodyOf(201, 'Upload', 'The upload.', ['Location'])
  @AnswersProblems('storage_full')
  async multipart(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<UploadObject> {
    const upload = await this.uploads.multipart(this.announced(request, MultipartUploadDto));
    return located(reply, uploadObject(upload, await this.completer.partsOf(upload)));
  }

  private announced(
    request: FastifyRequest,
    dto: typeof DirectUploadDto | typeof MultipartUploadDto,
  ): UploadedArtifact {
    const { value } = requireJson(request);
    const faults = faultsOf(dto, value);
    const unfit = typeof value.filename === 'string' ? filenameFault(value.filename) : null;
    if (unfit) faults.push({ pointer: '/filename', detail: unfit });
    if (faults.length > 0) throw Refusal.invalid(faults);
    const { sha256, size: size_bytes, filename } = value as unknown as MultipartUploadDto;
    const { account_id } = principalOf(request);
    return { id: this.answers.creationOf(request).id(), account_id, filename, size_bytes, sha256 };
  }
}

function located<T extends { readonly id: string }>(reply: FastifyReply, upload: T): T {
  reply.header('location', `/api/v1/artifacts/${upload.id}`);
  return upload;
}
