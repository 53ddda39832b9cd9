import type { ArtifactObject, FieldFault } from '@computalot/contracts';
import {
  createExternalArtifact,
  DATABASE,
  readArtifact,
  type Database,
  type LinkedArtifact,
} from '@computalot/database';
import { OUTBOX_RELAY, type OutboxRelay } from '@computalot/messaging';
import { Controller, Inject, Post, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AnswerOnce } from '../answer-once/answer-once.service.js';
import { Idempotent } from '../answer-once/idempotent.decorator.js';
import { principalOf } from '../authenticate/authenticate.hook.js';
import { ApiBodyOf } from '../describe-api/api-bodies.js';
import { GATEWAY_OPTIONS, type GatewayOptions } from '../gateway-options.js';
import { requireJson } from '../parse-json/json-body.js';
import { Refusal } from '../problems/refusal.js';
import { artifactObject } from '../read-artifacts/artifact-view.js';
import { faultsOf } from '../submit-job/faults.js';
import { filenameFault } from './artifact-filename.js';
import { ExternalArtifactDto } from './external-artifact.dto.js';
import { externalUrlFault } from './external-url.js';

@ApiTags('artifacts')
@ApiBearerAuth()
@Controller('api/v1/artifacts')
export class ExternalArtifactsController {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OUTBOX_RELAY) private readonly relay: Pick<OutboxRelay, 'wake'>,
    @Inject(GATEWAY_OPTIONS) private readonly options: GatewayOptions,
    private readonly answers: AnswerOnce,
  ) {}

  @Post('external')
  @Idempotent()
  @ApiOperation({
    operationId: 'createExternalArtifact',
    summary: 'Make an artifact of a file that lies at a URL',
    description:
      'The file stays where it is, is not read now and takes no storage of the account; whoever downloads the artifact gets it through the API, from its ' +
      'URL at that moment. Redirects are not followed. Everybody of the account can read the URL. Such a file is neither handed to tasks nor read as items.',
  })
  @ApiBody({ type: ExternalArtifactDto })
  @ApiBodyOf(201, 'Artifact', 'The artifact.', ['Location'])
  async create(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ArtifactObject> {
    const linked = this.announced(request);
    if (await createExternalArtifact(this.database, linked)) this.relay.wake();
    const row = await readArtifact(this.database, linked.account_id, linked.id);
    if (!row) throw new Error(`artifact ${linked.id} was deleted while it was made`);
    const artifact = artifactObject(row);
    reply.header('location', `/api/v1/artifacts/${artifact.id}`);
    return artifact;
  }

  private announced(request: FastifyRequest): LinkedArtifact {
    const { value } = requireJson(request);
    const faults = [...faultsOf(ExternalArtifactDto, value), ...this.faultsOfValues(value)];
    if (faults.length > 0) throw Refusal.invalid(faults);
    const { url, sha256 = null, filename } = value as unknown as ExternalArtifactDto;
    return {
      id: this.answers.creationOf(request).id(),
      account_id: principalOf(request).account_id,
      url,
      sha256,
      filename,
    };
  }

  /** What no decorator can say. */
  private faultsOfValues({ url, filename }: Readonly<Record<string, unknown>>): FieldFault[] {
    const { addresses } = this.options.externalSources;
    const faults = [
      { pointer: '/url', detail: typeof url === 'string' ? externalUrlFault(url, addresses) : null },
      { pointer: '/filename', detail: typeof filename === 'string' ? filenameFault(filename) : null },
    ];
    return faults.flatMap(({ pointer, detail }) => (detail === null ? [] : [{ pointer, detail }]));
  }
}
