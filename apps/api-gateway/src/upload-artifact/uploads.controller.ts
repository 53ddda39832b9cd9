import type { ArtifactObject, SignedParts, UploadObject } from '@computalot/contracts';
import { Controller, Delete, Get, Header, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { principalOf } from '../authenticate/authenticate.hook.js';
import { AnswersProblems, ApiBodyOf } from '../describe-api/api-bodies.js';
import { refuseFields, requireJson } from '../parse-json/json-body.js';
import { pathId } from '../parse-query/query.js';
import { Refusal } from '../problems/refusal.js';
import { artifactObject } from '../read-artifacts/artifact-view.js';
import { faultsOf } from '../submit-job/faults.js';
import { SignPartsDto } from './begin-upload.dto.js';
import { BeginUpload } from './begin-upload.service.js';
import { CompleteUpload } from './complete-upload.service.js';
import { uploadObject } from './upload-view.js';

@ApiTags('artifacts')
@ApiBearerAuth()
@Controller('api/v1/artifacts/:id')
export class UploadsController {
  constructor(
    private readonly uploads: BeginUpload,
    private readonly completer: CompleteUpload,
  ) {}

  @Post('parts')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'signParts',
    summary: 'URLs for parts of an upload',
    description: 'Each takes a PUT of its part for an hour; a part that is sent again replaces what arrived of it.',
  })
  @ApiBody({ type: SignPartsDto })
  @ApiBodyOf(200, 'SignedParts', 'The URLs, in the order of the numbers.')
  async parts(@Req() request: FastifyRequest, @Param('id') id: string): Promise<SignedParts> {
    const artifactId = pathId('art', id, 'Artifact');
    const { value } = requireJson(request);
    const faults = faultsOf(SignPartsDto, value);
    if (faults.length > 0) throw Refusal.invalid(faults);
    const upload = await this.completer.find(principalOf(request).account_id, artifactId);
    return this.uploads.signParts(upload, (value as unknown as SignPartsDto).part_numbers);
  }

  @Get('upload')
  @ApiOperation({
    operationId: 'getUpload',
    summary: 'How far an upload is',
    description: 'With the parts that arrived, for whoever goes on with it.',
  })
  @ApiBodyOf(200, 'Upload', 'The upload.')
  async get(@Req() request: FastifyRequest, @Param('id') id: string): Promise<UploadObject> {
    const upload = await this.completer.find(principalOf(request).account_id, pathId('art', id, 'Artifact'));
    return uploadObject(upload, await this.completer.partsOf(upload));
  }

  @Post('complete')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'completeUpload',
    summary: 'Make an artifact of what was uploaded',
    description:
      'Size and SHA-256 of what arrived are compared with what was announced. While that takes longer than ten seconds the answer is 202: send the request ' +
      'again, it waits for the end, and may be sent as often as you like. What does not match is removed.',
  })
  @ApiBodyOf(200, 'Artifact', 'The artifact.')
  @ApiBodyOf(202, 'Upload', 'It is still being verified.')
  @AnswersProblems('upload_incomplete', 'upload_mismatch')
  async complete(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('id') id: string,
  ): Promise<ArtifactObject | UploadObject> {
    refuseFields(request);
    const { account_id } = principalOf(request);
    const outcome = await this.completer.complete(account_id, pathId('art', id, 'Artifact'));
    if ('sha256' in outcome) return artifactObject(outcome);
    reply.code(202);
    return uploadObject(outcome, []);
  }

  @Delete('upload')
  @HttpCode(204)
  @Header('content-length', '0')
  @ApiOperation({
    operationId: 'abortUpload',
    summary: 'Give up an upload',
    description: 'What arrived of it is removed, and its URLs lead to nothing.',
  })
  @ApiResponse({ status: 204, description: 'It is gone.' })
  async abandon(@Req() request: FastifyRequest, @Param('id') id: string): Promise<void> {
    refuseFields(request);
    await this.completer.abandon(principalOf(request).account_id, pathId('art', id, 'Artifact'));
  }
}
